import { Injectable } from '@nestjs/common';
import { TransactionRunner } from '../../../database/transaction-runner.js';
import { OperationsService, OperationStopped } from '../../../operations/operations.service.js';
import { EventLogRepository } from '../../event-log.repository.js';
import { EventReadersRepository } from '../../event-readers.repository.js';
import { typesOf } from '../../event-types.js';
import { WebhookDeliveriesRepository } from '../webhook-deliveries.repository.js';
import { WebhookEndpointsRepository } from '../webhook-endpoints.repository.js';
import { WebhookReplaysRepository } from '../webhook-replays.repository.js';

const READER = 'webhooks';
const BATCH = 200;

/** Makes deliveries of what the log holds. */
@Injectable()
export class WebhookFanOut {
  private hasBegun = false;
  /** What no endpoint has waited for. */
  private passedOver = 0;

  constructor(
    private readonly transactions: TransactionRunner,
    private readonly log: EventLogRepository,
    private readonly readers: EventReadersRepository,
    private readonly endpoints: WebhookEndpointsRepository,
    private readonly deliveries: WebhookDeliveriesRepository,
    private readonly replays: WebhookReplaysRepository,
    private readonly operations: OperationsService,
  ) {}

  /**
   * True when anything may have to be sent. Where there has never been an endpoint there is no reader either, for which the log would be
   * kept; the first endpoint says where it begins, however much later the first worker comes.
   */
  async isNeeded(): Promise<boolean> {
    const first = await this.endpoints.findFirstPlace();
    if (first === null) return false;
    if (!this.hasBegun) await this.readers.add(READER, first);
    this.hasBegun = true;
    if (first > this.passedOver) await this.readers.skipTo(READER, first);
    this.passedOver = Math.max(first, this.passedOver);
    return true;
  }

  /**
   * Turns the next events into deliveries to those endpoints that want them, in the transaction in which they are noted as read.
   *
   * Types are looked at here and not in the query, so that the reader gets on also where nobody wants anything.
   *
   * @returns whether there may be more.
   */
  async readOn(): Promise<boolean> {
    const count = await this.readers.advance(READER, typesOf(['*']), BATCH, async (events) => {
      const subscriptions = (await this.endpoints.findSubscriptions()).map(({ types, ...subscription }) => ({
        ...subscription,
        types: new Set(typesOf(types)),
      }));
      const wanted = events.flatMap((event) =>
        subscriptions
          .filter(({ types, afterSequence }) => types.has(event.type) && event.sequence > afterSequence)
          .map(({ id }) => ({ endpointId: id, event })),
      );
      if (wanted.length > 0) await this.deliveries.insert(wanted);
    });
    return count === BATCH;
  }

  /** Goes on with a replay that no other process works at, by one batch. @returns whether there was one. */
  async replayOn(): Promise<boolean> {
    const replay = await this.transactions.run(() => this.replayBatch());
    if (!replay) return false;
    try {
      if (replay.goesOn) await this.operations.progress(replay.id, replay.count, null);
    } catch (error) {
      if (!(error instanceof OperationStopped)) throw error;
      await this.replays.delete(replay.id);
    }
    return true;
  }

  private async replayBatch(): Promise<{ id: string; count: number; goesOn: boolean } | null> {
    const replay = await this.replays.lockNext();
    if (!replay) return null;
    const { id, endpointId, types, occurredFrom, occurredBefore } = replay;
    if (replay.count === 0 && (await this.operations.begin(id)) === null) {
      // Cancelled before it began.
      await this.replays.delete(id);
      return { id, count: 0, goesOn: false };
    }
    const last = Number(replay.lastSequence);
    const found = await this.log.find(
      {
        ...{ after: Number(replay.sequence), types },
        ...(occurredFrom && { occurredFrom }),
        ...(occurredBefore && { occurredBefore }),
      },
      BATCH,
    );
    const events = found.filter(({ sequence }) => sequence <= last);
    const count = replay.count + events.length;
    const goesOn = events.length === BATCH;
    await this.deliveries.insertAgain(events.map((event) => ({ endpointId, event })));
    if (goesOn) await this.replays.advance(id, events.at(-1)!.sequence, count);
    else {
      await this.operations.succeed(id, { endpointId, events: count });
      await this.replays.delete(id);
    }
    return { id, count, goesOn };
  }
}
