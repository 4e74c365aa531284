import { readFileSync } from 'node:fs';
import { WebSocket } from 'ws';
import { OpenStreams } from '../../../src/events/streams/open-streams.service.js';
import type { EventResponseDto } from '../../../src/events/dto/event-response.dto.js';
import { createOrder } from '../../factories/order.factory.js';
import { publishEvents, until } from '../../support/event-stream.js';
import { listen } from '../../support/raw-http.js';
import { TestApp } from '../../support/test-app.js';

type Follow = (url: string, orderId: string, orderToken: string, hear: (event: EventResponseDto) => void) => () => void;

/** The types of the messages that sockets were sent. */
const told: string[] = [];

class WatchedSocket extends WebSocket {
  constructor(url: string) {
    super(url);
    this.on('message', (data: Buffer) => told.push((JSON.parse(data.toString()) as { type: string }).type));
  }
}

describe('docs/streams.md', () => {
  it('has a client that keeps up with the order of a guest across a cut', async () => {
    const app = await TestApp.start();
    const port = await listen(app.app);
    const [, code = ''] = /```js\n([\s\S]+?)```/.exec(readFileSync('docs/streams.md', 'utf8')) ?? [];
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the page shows code, which must work
    const follow = new Function('WebSocket', `${code}; return follow;`)(WatchedSocket) as Follow;
    const order = await createOrder(app);
    await publishEvents(app);
    const heard: EventResponseDto[] = [];
    const stop = follow(`ws://127.0.0.1:${port}/api/v1/events/socket`, order.id, order.orderToken!, (event) =>
      heard.push(event),
    );
    const streams = app.app.get(OpenStreams);
    await until(() => told.includes('subscribed'));
    const guest = { headers: { 'x-order-token': order.orderToken! }, key: true } as const;
    await app.post(`/orders/${order.id}/payments`, { provider: 'fake', token: 'tok_success' }, guest);
    await publishEvents(app);
    await until(() => heard.some(({ type }) => type === 'order.confirmed'));
    const before = heard.length;
    streams.dropAll();
    await app.post(`/orders/${order.id}/cancel`, {}, guest);
    await publishEvents(app);
    await until(() => heard.some(({ type }) => type === 'order.cancelled'));
    stop();
    const ids = heard.map(({ sequence }) => sequence);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    expect(heard.length).toBeGreaterThan(before);
    await app.close();
  });
});
