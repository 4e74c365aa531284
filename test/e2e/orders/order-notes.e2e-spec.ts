import type { OrderDetailResponseDto, PlacedOrderResponseDto } from '../../../src/orders/dto/order-response.dto.js';
import type { OrderNoteStaffResponseDto } from '../../../src/orders/notes/order-note.dto.js';
import { OrderPrivacyService } from '../../../src/orders/privacy/order-privacy.service.js';
import { createOrder, guestOf } from '../../factories/order.factory.js';
import { createStaff, createUser, type SignedInUser } from '../../factories/user.factory.js';
import { TestApp } from '../../support/test-app.js';

describe('notes on orders', () => {
  let app: TestApp;
  let ada: SignedInUser;
  let staff: SignedInUser;
  let order: PlacedOrderResponseDto;
  beforeAll(async () => {
    app = await TestApp.start();
    [ada, staff] = await Promise.all([createUser(app), createStaff(app)]);
  });
  beforeEach(async () => {
    order = await createOrder(app, { token: ada.token });
  });
  afterAll(() => app.close());

  const add = async (body: object, { id } = order) => {
    const response = await app.post(`/orders/${id}/notes`, body, { token: staff.token });
    expect([response.body, response.statusCode]).toEqual([response.body, 201]);
    return response.json<OrderNoteStaffResponseDto>();
  };
  const list = async (request: object, { id } = order) =>
    (await app.get(`/orders/${id}/notes`, request)).json<{ data: OrderNoteStaffResponseDto[] }>().data;

  it('are read by staff, and by the customer or guest where they are for them, without telling who wrote them', async () => {
    const internal = await add({ text: 'Pays late' });
    const shown = await add({ text: 'Leaves on Monday', isForCustomer: true });
    expect(internal).toMatchObject({ orderId: order.id, isForCustomer: false, authorId: staff.user.id, version: 1 });
    expect((await list({ token: staff.token })).map(({ id }) => id)).toEqual([internal.id, shown.id]);
    const { orderId: _, authorId: __, ...own } = shown;
    expect(await list({ token: ada.token })).toEqual([own]);
    const guests = await createOrder(app);
    await add({ text: 'Leaves on Monday', isForCustomer: true }, guests);
    expect(await list(guestOf(guests), guests)).toHaveLength(1);
  });

  it('are for staff to write: others get 401 or 403, and a stranger 404 for the list', async () => {
    const { id } = await add({ text: 'Pays late' });
    const path = `/orders/${order.id}/notes`;
    const bob = await createUser(app);
    expect((await app.get(path)).json()).toMatchObject({ status: 404, code: 'order.not_found' });
    expect((await app.get(path, { token: bob.token })).json()).toMatchObject({ status: 404, code: 'order.not_found' });
    for (const [token, status] of [
      [undefined, 401],
      [ada.token, 403],
    ] as const) {
      expect((await app.post(path, { text: 'x' }, { token })).statusCode).toBe(status);
      expect((await app.get(`${path}/${id}`, { token })).statusCode).toBe(status);
      expect((await app.patch(`${path}/${id}`, { text: 'x' }, { token })).statusCode).toBe(status);
      expect((await app.delete(`${path}/${id}`, { token })).statusCode).toBe(status);
    }
  });

  it('are changed and removed, by version, and recorded without their words', async () => {
    const note = await add({ text: 'Pays late' });
    const path = `/orders/${order.id}/notes/${note.id}`;
    const { token } = staff;
    expect((await app.get(path, { token })).json()).toEqual(note);
    const changed = await app.patch(path, { isForCustomer: true }, { token, headers: { 'if-match': '"1"' } });
    expect(changed.json()).toMatchObject({ text: 'Pays late', isForCustomer: true, version: 2 });
    const stale = { token, headers: { 'if-match': '"1"' } };
    expect((await app.patch(path, { text: 'x' }, stale)).statusCode).toBe(412);
    expect((await app.delete(path, stale)).statusCode).toBe(412);
    const elsewhere = (await createOrder(app)).id;
    expect((await app.delete(`/orders/${elsewhere}/notes/${note.id}`, { token })).statusCode).toBe(404);
    expect((await app.delete(path, { token })).statusCode).toBe(204);
    expect((await app.delete(path, { token })).json()).toMatchObject({ status: 404, code: 'order.note_not_found' });
    const audit = await app.get(`/audit-log?targetId=${order.id}`, { token });
    expect(audit.json<{ data: { action: string }[] }>().data.map(({ action }) => action)).toEqual([
      'order.note_removed',
      'order.note_changed',
      'order.note_added',
    ]);
    expect(audit.body).not.toContain('Pays late');
    const read = (await app.get(`/orders/${order.id}`, { token })).json<OrderDetailResponseDto>();
    expect(read.version).toBe(order.version);
  });

  it('lets one of 20 simultaneous changes of one version through', async () => {
    const note = await add({ text: 'Pays late' });
    const request = { token: staff.token, headers: { 'if-match': '"1"' } };
    const responses = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        app.patch(`/orders/${order.id}/notes/${note.id}`, { text: `t${index}` }, request),
      ),
    );
    expect(responses.map(({ statusCode }) => statusCode).sort()).toEqual([200, ...Array<number>(19).fill(412)]);
  });

  it.each([
    [{}],
    [{ text: '' }],
    [{ text: '  ' }],
    [{ text: 5 }],
    [{ text: null }],
    [{ text: 'x'.repeat(4001) }],
    [{ text: 'a\u0000b' }],
    [{ text: 'x', isForCustomer: 'yes' }],
    [{ text: 'x', authorId: '01970000-0000-7000-8000-000000000000' }],
  ])('refuses the note %j with 400', async (body) => {
    expect((await app.post(`/orders/${order.id}/notes`, body, { token: staff.token })).statusCode).toBe(400);
  });

  it('keeps what the customer says when placing, and shows it on the order', async () => {
    const note = 'A present:\nno invoice, please.';
    const said = await createOrder(app, { token: ada.token, note });
    expect(said.note).toBe(note);
    expect((await app.get(`/orders/${said.id}`, { token: staff.token })).json()).toMatchObject({ note });
    expect(order).not.toHaveProperty('note');
    for (const bad of ['', ' ', 5, null, 'x'.repeat(2001)]) {
      const { lines } = order;
      const body = { lines: [{ variantId: lines[0]!.variantId, quantity: 1 }], note: bad };
      expect((await app.post('/orders', body, { key: true, token: ada.token })).statusCode).toBe(400);
    }
  });

  it('belong to the customer: they are exported, and go when the customer is erased', async () => {
    const person = await createUser(app);
    const said = await createOrder(app, { token: person.token, note: 'For my aunt Mary' });
    await add({ text: 'Knows Bob', isForCustomer: true }, said);
    const privacy = app.app.get(OrderPrivacyService, { strict: false });
    const exported = [];
    for await (const one of privacy.export(person.user.id)) exported.push(one);
    expect(exported).toMatchObject([
      { id: said.id, note: 'For my aunt Mary', notes: [{ text: 'Knows Bob', isForCustomer: true }] },
    ]);
    await privacy.erase(person.user.id, null);
    expect(await list({ token: staff.token }, said)).toEqual([]);
    expect((await app.get(`/orders/${said.id}`, { token: staff.token })).json()).not.toHaveProperty('note');
    await add({ text: 'Knows Bob still' }, said);
    await privacy.erase(person.user.id, null);
    expect(await list({ token: staff.token }, said)).toEqual([]);
  });
});
