import { Injectable, Logger } from '@nestjs/common';
import { Tally } from '../../../common/metrics/metrics.js';
import { NoAnswerError, type OutboundAnswer, OutboundRequests } from '../../../common/net/outbound-requests.js';
import { signWebhook } from '../../../common/standard-webhooks.js';
import { TransactionRunner } from '../../../database/transaction-runner.js';
import { EventSubjects } from '../../../jobs/event-subjects.js';
import { type EventResponseDto } from '../../dto/event-response.dto.js';
import { type ClaimedDelivery, WebhookDeliveriesRepository } from '../webhook-deliveries.repository.js';
import { messageOf, shownBody, shownHeaders } from '../webhook-message.js';
import { outcomeOf, type WebhookOutcome } from '../webhook-outcome.js';
import { WebhookSecrets } from '../webhook-secrets.js';
import { WebhookDisabling } from './webhook-disabling.service.js';

/** How long a receiver may take to answer. */
const TIMEOUT_MS = 15_000;
/** Of nothing but failure, after which nothing more is sent. */
const LONGEST_FAILURE_MS = 5 * 86_400_000;
const EVENT_GONE: WebhookOutcome = { status: 'failed', retryInMs: null, peaceMs: null, isGone: false };

/** Sends deliveries, and writes down what comes of it. */
@Injectable()
export class WebhookSender {
  /** Tries that ended in this process. */
  readonly tries = new Tally(['outcome']);
  private readonly logger = new Logger(WebhookSender.name);

  constructor(
    private readonly transactions: TransactionRunner,
    private readonly deliveries: WebhookDeliveriesRepository,
    private readonly secrets: WebhookSecrets,
    private readonly disabling: WebhookDisabling,
    private readonly outbound: OutboundRequests,
    private readonly subjects: EventSubjects,
  ) {}

  /**
   * Sends one delivery that this process has claimed. A death before the outcome is written down means that it is sent again, under the same
   * `webhook-id`: at least once is what there can be.
   *
   * @param signal Ends the try; the delivery is given back.
   */
  async send(claimed: ClaimedDelivery, signal: AbortSignal): Promise<void> {
    if (claimed.event === null) return this.deliveries.note(claimed, EVENT_GONE, null);
    const startedAt = new Date();
    const body = await this.bodyOf(claimed.payload, claimed.event);
    const secrets = claimed.secrets.map((sealed) => this.secrets.open(sealed));
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Storehouse-Webhooks/1.0',
      ...signWebhook(secrets, claimed.eventId, startedAt, body),
    };
    const answer = await this.post(claimed, headers, body, signal);
    if (answer === 'given back') return this.deliveries.giveBack(claimed);
    const outcome = outcomeOf(answer, claimed.attemptCount, new Date());
    this.tries.add(outcome.status === 'succeeded' ? 'succeeded' : answer === null ? 'no_answer' : 'refused');
    await this.note(claimed, outcome, {
      startedAt,
      durationMs: Date.now() - startedAt.getTime(),
      statusCode: answer?.status ?? null,
      requestHeaders: shownHeaders(headers),
      // What is known of people stays in one place.
      requestBody: claimed.payload === 'thin' ? body : messageOf(claimed.event),
      responseHeaders: answer && shownHeaders(answer.headers),
      responseBody: answer && shownBody(answer.body),
    });
  }

  private async bodyOf(payload: ClaimedDelivery['payload'], event: EventResponseDto): Promise<string> {
    if (payload === 'thin') return messageOf(event);
    return messageOf(event, await this.subjects.find(event.aggregate.type, event.aggregate.id));
  }

  /** @returns null when nobody answered. Why is in the log and not shown: it would tell what stands in networks that are not theirs. */
  private async post(
    { id, endpointId, url }: ClaimedDelivery,
    headers: Readonly<Record<string, string>>,
    body: string,
    signal: AbortSignal,
  ): Promise<OutboundAnswer | 'given back' | null> {
    try {
      return await this.outbound.post(url, { headers, body, timeoutMs: TIMEOUT_MS, signal });
    } catch (error) {
      if (signal.aborted) return 'given back';
      if (!(error instanceof NoAnswerError)) throw error;
      this.logger.debug({ msg: 'A webhook was not answered', endpointId, deliveryId: id, reason: error.message });
      return null;
    }
  }

  private async note(
    claimed: ClaimedDelivery,
    outcome: WebhookOutcome,
    attempt: Parameters<WebhookDeliveriesRepository['note']>[2],
  ): Promise<void> {
    const { failingSince } = claimed;
    const isLong = failingSince !== null && Date.now() - failingSince.getTime() >= LONGEST_FAILURE_MS;
    const reason = outcome.isGone ? 'gone' : outcome.status !== 'succeeded' && isLong ? 'failing' : null;
    if (reason === null) return this.deliveries.note(claimed, outcome, attempt);
    await this.transactions.run(async () => {
      await this.deliveries.note(claimed, outcome, attempt);
      await this.disabling.disable(claimed.endpointId, reason);
    });
  }
}
