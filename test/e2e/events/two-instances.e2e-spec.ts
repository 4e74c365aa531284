import { Redis } from 'ioredis';
import { createOrder } from '../../factories/order.factory.js';
import { createStaff, type SignedInUser } from '../../factories/user.factory.js';
import { EventStreamClient } from '../../support/event-stream.js';
import { listen } from '../../support/raw-http.js';
import { SocketClient } from '../../support/socket-client.js';
import { TcpProxy } from '../../support/tcp-proxy.js';
import { TestApp } from '../../support/test-app.js';

describe('Two instances', () => {
  let api: TestApp;
  let other: TestApp;
  let line: TcpProxy;
  let staff: SignedInUser;
  let stream: EventStreamClient;
  let socket: SocketClient;

  beforeAll(async () => {
    line = await TcpProxy.to(process.env.REDIS_URL!);
    // The one with the streams reaches Redis by a line that can be cut; the other one has the relay.
    api = await TestApp.start({ REDIS_URL: line.url });
    other = await TestApp.start({ ROLE: 'all' });
    staff = await createStaff(api, ['events:read']);
    const port = await listen(api.app);
    stream = await EventStreamClient.open(port, { token: staff.token, query: 'types=order.placed' });
    socket = await SocketClient.open(port, { token: staff.token });
    await socket.ask('subscribe', { channel: 'events', types: ['order.placed'] });
  });
  afterAll(async () => {
    stream.close();
    socket.close();
    await api.close();
    await other.close();
    await line.close();
  });

  const arrives = async (orderId: string) => {
    await stream.until(() => stream.events.some(({ data }) => data.data.orderId === orderId));
    await socket.next(({ event }) => event?.data.orderId === orderId);
  };

  it('an order placed on one arrives at the streams of the other', async () => {
    const order = await createOrder(other);
    await arrives(order.id);
    expect(stream.events.at(-1)!.data).toEqual(socket.eventsOn('events').at(-1));
  });

  it('nothing is lost while Redis is away from one, and wiped: it only comes later', async () => {
    await line.close();
    const orders = [await createOrder(other), await createOrder(other)];
    const redis = new Redis(process.env.REDIS_URL!);
    await redis.flushdb();
    await redis.quit();
    for (const { id } of orders) await arrives(id);
    await line.open();
    await arrives((await createOrder(other)).id);
    const ids = stream.sequences;
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    expect(socket.eventsOn('events').map(({ sequence }) => sequence)).toEqual(ids);
  });
});
