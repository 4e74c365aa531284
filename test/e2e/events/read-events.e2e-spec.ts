import { newId } from '../../../src/common/ids.js';
import type { EventResponseDto } from '../../../src/events/dto/event-response.dto.js';
import type { EventListResponseDto } from '../../../src/events/dto/list-events.dto.js';
import { EventLogRepository } from '../../../src/events/event-log.repository.js';
import { OrderEventAudience } from '../../../src/orders/events/order-event-audience.service.js';
import { createKey } from '../../factories/api-key.factory.js';
import { shipOrder } from '../../factories/fulfilment.factory.js';
import { createOrder, type TestOrderOptions } from '../../factories/order.factory.js';
import { createStaff, createUser, type SignedInUser } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';
import { publishEvents } from '../../support/told-events.js';

const PAID: TestOrderOptions = { payment: { provider: 'fake', token: 'tok_success' } };

describe('GET /events', () => {
  let app: TestApp;
  let staff: SignedInUser;
  let customer: SignedInUser;
  beforeAll(async () => {
    app = await TestApp.start();
    staff = await createStaff(app, ['events:read', 'orders:write', 'fulfilments:write']);
    customer = await createUser(app);
  });
  afterAll(() => app.close());

  const ask = (query: string, token = staff.token) => app.get(`/events?${query}`, { token });
  const list = async (query: string, token = staff.token): Promise<EventListResponseDto> => {
    await publishEvents(app.database);
    const answer = await ask(query, token);
    expect(answer).toMatchObject({ statusCode: 200 });
    return answer.json();
  };
  const typesOf = ({ data }: EventListResponseDto): string[] => data.map(({ type }) => type);
  const newest = () => app.app.get(EventLogRepository).newest();

  it('shows the envelope of each event, in the order of the log', async () => {
    const { id: orderId, ...placed } = await createOrder(app, { ...PAID, token: customer.token });
    const { data, hasMore } = await list(`aggregateId=${orderId}`);
    expect(data).toEqual(
      ['order.placed', 'order.confirmed'].map((type, index) => ({
        id: expect.any(String) as string,
        type,
        occurredAt: expect.stringMatching(/^\d{4}-.*Z$/) as string,
        sequence: expect.any(Number) as number,
        aggregate: { type: 'order', id: orderId, version: index + 1 },
        data: { orderId, customerId: customer.user.id },
        apiVersion: 'v1',
        requestId: expect.any(String) as string,
      })),
    );
    expect(data[0]!.sequence).toBeLessThan(data[1]!.sequence);
    expect(placed.version).toBe(2);
    expect(hasMore).toBe(false);
  });

  it('lets a reader go on for ever by nextAfter, without leaving an event out or showing one twice', async () => {
    await publishEvents(app.database);
    const start = await newest();
    const seen: EventResponseDto[] = [];
    let after = start;
    const follow = async () => {
      for (let isMore = true; isMore;) {
        const page: EventListResponseDto = await list(`types=order.placed&after=${after}&limit=2`);
        seen.push(...page.data);
        expect(page.nextAfter).toBeGreaterThanOrEqual(after);
        [after, isMore] = [page.nextAfter, page.hasMore];
      }
    };
    await follow();
    expect(seen).toEqual([]);
    const orders: string[] = [];
    for (let batch = 0; batch < 3; batch++) {
      for (let n = 0; n <= batch; n++) orders.push((await createOrder(app, PAID)).id);
      await follow();
    }
    expect(seen.map(({ aggregate }) => aggregate.id)).toEqual(orders);
    // What the filter leaves out has been passed over: the place is that of the newest event.
    expect(after).toBe(await newest());
    expect((await list(`after=${after}`)).data).toEqual([]);
    expect(after).toBeGreaterThan(seen.at(-1)!.sequence);
  });

  it('shows nothing that has no place in the log yet', async () => {
    const { id } = await createOrder(app, PAID);
    expect((await ask(`aggregateId=${id}`)).json()).toMatchObject({ data: [] });
    expect((await list(`aggregateId=${id}`)).data).toHaveLength(2);
  });

  it('filters by type, aggregate and time', async () => {
    const { id } = await createOrder(app, { ...PAID, token: customer.token });
    const one = `aggregateId=${id}`;
    expect(typesOf(await list(`${one}&types=order.confirmed,payment.*`))).toEqual(['order.confirmed']);
    expect(typesOf(await list(`${one}&types=payment.*`))).toEqual([]);
    expect(typesOf(await list(`${one}&types=*`))).toHaveLength(2);
    expect(typesOf(await list(`${one}&aggregateType=order`))).toHaveLength(2);
    expect(typesOf(await list(`${one}&aggregateType=payment`))).toEqual([]);
    const { data } = await list(one);
    const [first, at] = data.map(({ occurredAt }) => String(occurredAt));
    const within = async (range: string) => typesOf(await list(`${one}&${range}`));
    expect(await within(`occurredAt[gte]=${first}`)).toHaveLength(2);
    expect(await within(`occurredAt[lte]=${at}&occurredAt[gte]=2020-01-01T00:00:00Z`)).toHaveLength(2);
    expect(await within(`occurredAt[lt]=2020-01-01T00:00:00Z`)).toEqual([]);
    expect(await within(`occurredAt[gt]=${new Date(Date.now() + 60_000).toISOString()}`)).toEqual([]);
    const { sequence } = data[0]!;
    expect(typesOf(await list(`${one}&after=${sequence}`))).toEqual(['order.confirmed']);
    // Who wants to begin now asks from now on.
    const fresh = await ask(`occurredAt[gt]=${new Date(Date.now() + 120_000).toISOString()}`);
    expect(fresh.json()).toEqual({ data: [], nextAfter: await newest(), hasMore: false });
    // From a time on without a place: what lies far before is not looked through.
    const recent = await list(`types=order.*&occurredAt[gte]=${first}&limit=100`);
    expect(recent.data.map(({ aggregate }) => aggregate.id)).toContain(id);
  });

  it('does not show what is told to our own jobs only', async () => {
    const { email, password } = { email: `events-${Date.now()}@example.com`, password: 'nine patient herons' };
    expect((await app.post('/auth/register', { email, password })).statusCode).toBe(201);
    const { data } = await list('limit=100');
    expect(data.length).toBeGreaterThan(0);
    expect((await ask('types=mail.requested')).statusCode).toBe(400);
    const [mails] = await app.database.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM outbox_events WHERE type = 'mail.requested'`,
    );
    expect(mails!.n).toBeGreaterThan(0);
    for (let after = 0, isMore = true; isMore;) {
      const page = await list(`after=${after || data[0]!.sequence - 1}&limit=100`);
      expect(typesOf(page).filter((type) => type.startsWith('mail.') || type.endsWith('export_requested'))).toEqual([]);
      [after, isMore] = [page.nextAfter, page.hasMore];
    }
  });

  it.each([
    ['types=order.dreamt', 'types'],
    ['types=order.placed,mail.*', 'types'],
    ['types=', 'types'],
    ['after=-1', 'after'],
    ['after=soon', 'after'],
    ['after=1.5', 'after'],
    ['after=99999999999999999', 'after'],
    ['aggregateType=cart', 'aggregateType'],
    ['aggregateId=1', 'aggregateId'],
    ['occurredAt[gte]=yesterday', 'occurredAt/gte'],
    ['occurredAt[about]=2026-01-01T00:00:00Z', 'occurredAt/about'],
    ['occurredAt=2026-01-01T00:00:00Z', 'occurredAt'],
    ['limit=0', 'limit'],
    ['limit=101', 'limit'],
    ['cursor=abc', 'cursor'],
  ])('refuses ?%s and names the parameter', async (query, name) => {
    const answer = await ask(query);
    expect(answer.json()).toMatchObject({ status: 400, code: 'request.invalid' });
    expect(answer.json<{ errors: { pointer: string }[] }>().errors.map(({ pointer }) => pointer)).toContain(`?${name}`);
  });

  it('is for whoever is signed in, and for keys with events:read', async () => {
    expect((await app.get('/events')).statusCode).toBe(401);
    const [reading, other] = [await createKey(app, { scopes: ['events:read'] }), await createKey(app)];
    expect((await ask('', reading.key)).statusCode).toBe(200);
    expect((await ask('', other.key)).statusCode).toBe(403);
  });

  it('shows customers, and staff without events:read, the events of their own orders and of what hangs on them', async () => {
    const [owner, other, clerk] = [
      await createUser(app),
      await createUser(app),
      await createStaff(app, ['orders:read']),
    ];
    const order = await createOrder(app, { ...PAID, token: owner.token });
    await createOrder(app, { ...PAID, token: other.token });
    const guests = await createOrder(app, PAID);
    await shipOrder(app, order);
    const seen = await list('limit=100', owner.token);
    expect(typesOf(seen)).toEqual([
      'order.placed',
      'payment.created',
      'payment.captured',
      'order.confirmed',
      'fulfilment.created',
      'fulfilment.shipped',
    ]);
    for (const { data } of seen.data) expect(data).toMatchObject({ orderId: order.id });
    expect(seen).toMatchObject({ hasMore: false, nextAfter: await newest() });
    expect((await list(`aggregateId=${guests.id}`, owner.token)).data).toEqual([]);
    expect((await list(`aggregateId=${order.id}`, other.token)).data).toEqual([]);
    expect((await list(`aggregateId=${order.id.toUpperCase()}`, owner.token)).data).toHaveLength(2);
    expect((await list('types=user.*,product.*,order.placed', other.token)).data).toHaveLength(1);
    expect((await list('', clerk.token)).data).toEqual([]);
    expect((await list(`after=${seen.data[3]!.sequence}`, owner.token)).data).toHaveLength(2);
  });

  it('knows the customers of events, and none of those of guests, drafts and other things', async () => {
    const audience = app.app.get(OrderEventAudience);
    const order = await createOrder(app, { ...PAID, token: customer.token });
    const guests = await createOrder(app, PAID);
    const event = (type: string, data: Record<string, unknown>) => ({ id: newId(), type, data });
    const events = [
      event('order.confirmed', { orderId: order.id }),
      event('payment.captured', { orderId: order.id }),
      event('fulfilment.uncovered', { orderId: order.id }),
      event('order.confirmed', { orderId: guests.id }),
      event('order.confirmed', { orderId: newId() }),
      event('user.disabled', { userId: customer.user.id }),
      event('gift_card.issued', { giftCardId: newId(), orderId: order.id }),
    ];
    expect(await audience.ownersOf(events)).toEqual(
      new Map(events.slice(0, 2).map(({ id }) => [id, customer.user.id])),
    );
    expect(await audience.ownersOf([])).toEqual(new Map());
    expect(await audience.aggregatesOf(customer.user.id)).toContain(order.id);
    expect(await audience.aggregatesOf(newId())).toEqual([]);
  });

  it('is 410 event.pruned before what has been deleted, and begins there for who names no place', async () => {
    await publishEvents(app.database);
    const before = await app.database.queryOne<{ place: string }>(`SELECT pruned_sequence AS place FROM event_log`);
    const place = (await newest()) - 1;
    await app.database.execute(`UPDATE event_log SET pruned_sequence = $1`, [place]);
    try {
      const answer = await ask(`after=${place - 1}`);
      expect(answer.json()).toMatchObject({ status: 410, code: 'event.pruned', prunedSequence: place });
      expect(answer.headers['content-type']).toMatch('application/problem+json');
      expect((await ask('after=0', customer.token)).statusCode).toBe(410);
      expect((await ask(`after=${place}`)).statusCode).toBe(200);
      expect((await list('')).nextAfter).toBeGreaterThan(place);
    } finally {
      await app.database.execute(`UPDATE event_log SET pruned_sequence = $1`, [before!.place]);
    }
  });
});
