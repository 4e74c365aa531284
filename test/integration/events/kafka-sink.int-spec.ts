import { createServer } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { KafkaSink } from '../../../src/events/sinks/kafka.sink.js';
import { buildEnvelope, describeEventSink } from '../../kits/event-sink.kit.js';
import { KafkaCluster } from '../../support/kafka-cluster.js';
import { testEnvironment } from '../../support/test-environment.js';

const TOPIC = 'shop.events';

describeEventSink('Kafka', async () => {
  const cluster = await KafkaCluster.start(TOPIC);
  if (!cluster) return undefined;
  const sink = new KafkaSink(testEnvironment({ KAFKA_BROKERS: cluster.brokers, KAFKA_TOPIC: TOPIC }));
  return {
    sink,
    taken: () =>
      cluster.records.map(({ key, headers, value }) => {
        const event = JSON.parse(value) as { id: string; type: string; sequence: number };
        expect(headers).toEqual({ id: event.id, type: event.type, sequence: String(event.sequence) });
        return { key, event };
      }),
    hang: (isHanging) => cluster.hang(isHanging),
    stop: async () => {
      await sink.onApplicationShutdown();
      await cluster.stop();
    },
  };
});

describe('the settings of Kafka', () => {
  it('do not offer it without KAFKA_BROKERS', () => {
    expect(new KafkaSink(testEnvironment()).isOffered).toBe(false);
    expect(new KafkaSink(testEnvironment({ KAFKA_BROKERS: 'a:1,b:2' })).isOffered).toBe(true);
  });

  it.each([
    [{ KAFKA_BROKERS: 'kafka' }, /KAFKA_BROKERS must list host:port/],
    [{ KAFKA_TOPIC: 'no topic' }, /KAFKA_TOPIC/],
    [{ KAFKA_USERNAME: 'shop' }, /KAFKA_PASSWORD is missing, which KAFKA_USERNAME needs/],
    [{ KAFKA_SASL_MECHANISM: 'PLAIN' }, /KAFKA_USERNAME is missing/],
    [{ KAFKA_SASL_MECHANISM: 'GSSAPI' }, /KAFKA_SASL_MECHANISM/],
  ])('refuse %j', (settings, problem) => {
    expect(() => testEnvironment(settings)).toThrow(problem);
  });

  it('that name nobody who answers make a batch fail within its time', async () => {
    const server = createServer((socket) => socket.resume());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const sink = new KafkaSink(testEnvironment({ KAFKA_BROKERS: `127.0.0.1:${port}` }));
    await expect(sink.send([buildEnvelope()], AbortSignal.timeout(300))).rejects.toThrow();
    server.close();
    await once(server, 'close');
    await expect(sink.send([buildEnvelope()], AbortSignal.timeout(20_000))).rejects.toThrow();
    await sink.onApplicationShutdown();
  });
});
