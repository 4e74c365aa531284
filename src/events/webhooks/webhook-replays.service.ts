import { Injectable } from '@nestjs/common';
import { InvalidRequestError } from '../../common/errors/request.errors.js';
import { type Actor, responsibleUserId } from '../../common/security/principal.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { Operation } from '../../operations/entities/operation.entity.js';
import { OperationsService } from '../../operations/operations.service.js';
import { EventLogRepository } from '../event-log.repository.js';
import { typesOf } from '../event-types.js';
import type { ReplayWebhooksDto } from './dto/webhook-endpoint.dto.js';
import { WebhookEndpointsRepository } from './webhook-endpoints.repository.js';
import { WebhookJournal } from './webhook-journal.js';
import { WebhookReplaysRepository } from './webhook-replays.repository.js';

/** The kind of operation that sends a part of the log once more. */
export const WEBHOOK_REPLAY = 'webhook_replay';

/** Sending once more what a receiver has missed. */
@Injectable()
export class WebhookReplaysService {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly endpoints: WebhookEndpointsRepository,
    private readonly replays: WebhookReplaysRepository,
    private readonly log: EventLogRepository,
    private readonly operations: OperationsService,
    private readonly journal: WebhookJournal,
  ) {}

  /**
   * Sends a part of the log once more, each event under its old `webhook-id`; a worker goes through the log, and the operation tells how far
   * it is.
   *
   * @throws WebhookEndpointNotFoundError, WebhookEndpointDisabledError; InvalidRequestError for a part without a length
   */
  start(endpointId: string, { from, to, after, types }: ReplayWebhooksDto, actor: Actor): Promise<Operation> {
    if (from && to && to <= from) throw InvalidRequestError.of('/to', 'after_from', 'must be later than from');
    return this.transactions.run(async () => {
      const endpoint = await this.endpoints.lockActive(endpointId);
      const startedBy = responsibleUserId(actor);
      const { id } = await this.operations.start({
        ...{ kind: WEBHOOK_REPLAY, startedBy, starterScope: 'webhooks:write', subjectId: null },
      });
      const newest = await this.log.newest();
      const place = Math.max(after ?? 0, from ? await this.replays.placeBefore(from) : 0);
      const wanted = types ? typesOf(types) : null;
      await this.replays.insert({
        ...{ id, endpointId, sequence: String(Math.min(place, newest)), lastSequence: String(newest) },
        types: typesOf(endpoint.types).filter((type) => wanted?.includes(type) ?? true),
        ...{ occurredFrom: from ?? null, occurredBefore: to ?? null },
      });
      await this.endpoints.endPeace(endpointId);
      await this.journal.acted('webhook_endpoint.replayed', endpointId, { after: { operationId: id } });
      return this.operations.get(id, { userId: startedBy, scopes: actor.scopes, seesAll: true });
    });
  }
}
