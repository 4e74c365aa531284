import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { Producer } from '@platformatic/kafka';
import { Environment } from '../../config/environment.js';
import type { EventResponseDto } from '../dto/event-response.dto.js';
import { EventSink } from './event-sink.js';

type TextProducer = Producer<string, string, string, string>;

/** What the protocol has for a producer that is new (KIP-98). */
const NEW_PRODUCER = { producerId: -1n, producerEpoch: -1 };

/**
 * Writes events to a topic of Kafka, or of what speaks its protocol: the envelope as JSON under the id of its aggregate, which decides the
 * partition. A broker answers once all replicas in sync have it.
 *
 * The producer is idempotent: what it repeats by itself is there once. After a failure the next batch goes through a new one.
 */
@Injectable()
export class KafkaSink extends EventSink implements OnApplicationShutdown {
  private producer: TextProducer | undefined;

  constructor(private readonly environment: Environment) {
    super();
  }

  override get isOffered(): boolean {
    return this.environment.KAFKA_BROKERS.length > 0;
  }

  override async send(events: readonly EventResponseDto[], signal: AbortSignal): Promise<void> {
    const producer = (this.producer ??= await this.connect());
    const topic = this.environment.KAFKA_TOPIC;
    const sending = producer.send({
      messages: events.map((event) => ({
        topic,
        key: event.aggregate.id,
        value: JSON.stringify(event),
        headers: { id: event.id, type: event.type, sequence: String(event.sequence) },
      })),
    });
    try {
      await Promise.race([sending, aborted(signal)]);
    } catch (error) {
      sending.catch(() => undefined);
      await this.close();
      throw error;
    }
  }

  onApplicationShutdown(): Promise<void> {
    return this.close();
  }

  /** Loads the client with the first batch: most processes never send one. */
  private async connect(): Promise<TextProducer> {
    const { ProduceAcks, Producer, stringSerializers } = await import('@platformatic/kafka');
    const { KAFKA_BROKERS, KAFKA_TLS, KAFKA_TLS_CA, KAFKA_SASL_MECHANISM, KAFKA_USERNAME, KAFKA_PASSWORD } =
      this.environment;
    return new Producer({
      clientId: 'storehouse',
      bootstrapBrokers: KAFKA_BROKERS,
      serializers: stringSerializers,
      ...NEW_PRODUCER,
      idempotent: true,
      acks: ProduceAcks.ALL,
      autocreateTopics: true,
      connectTimeout: 5_000,
      timeout: 10_000,
      retries: 2,
      retryDelay: 250,
      ...(KAFKA_TLS ? { tls: KAFKA_TLS_CA ? { ca: KAFKA_TLS_CA } : {}, tlsServerName: true } : {}),
      ...(KAFKA_USERNAME === undefined
        ? {}
        : {
            sasl: {
              mechanism: KAFKA_SASL_MECHANISM ?? 'SCRAM-SHA-512',
              username: KAFKA_USERNAME,
              password: KAFKA_PASSWORD!,
            },
          }),
    });
  }

  /** Without waiting for what is under way: it may never be answered. */
  private async close(): Promise<void> {
    const { producer } = this;
    this.producer = undefined;
    await producer?.close(true).catch(() => undefined);
  }
}

/** Never ends well. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
