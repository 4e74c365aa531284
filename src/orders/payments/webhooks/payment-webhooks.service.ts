import { Injectable, Logger } from '@nestjs/common';
import { raise } from '../../../common/errors/domain.error.js';
import { newId } from '../../../common/ids.js';
import type { Page, PageRequest } from '../../../common/pagination/page.dto.js';
import { PROVIDER } from '../../order-status.js';
import { PaymentOperationsService } from '../payment-operations.service.js';
import {
  ForgedWebhookError,
  type ProviderEvent,
  type ProviderWebhooks,
  type WebhookDelivery,
} from '../payment-provider.js';
import { PaymentProviders } from '../payment-providers.js';
import { PaymentSettlementService } from '../payment-settlement.service.js';
import { PaymentTimings } from '../payment-timings.js';
import {
  PaymentWebhookForgedError,
  PaymentWebhookNotFoundError,
  PaymentWebhookPastError,
  WebhookProviderUnknownError,
} from '../payments.errors.js';
import type { PaymentProviderName } from '../provider-list.js';
import { RefundsService } from '../refunds.service.js';
import { PaymentWebhook } from './payment-webhook.entity.js';
import { type PaymentWebhookFilter, PaymentWebhooksRepository } from './payment-webhooks.repository.js';

const BATCH = 200;
const MAX_ERROR_LENGTH = 500;
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Takes the news of an event over into the books. */
@Injectable()
export class WebhookEffects {
  constructor(
    private readonly settlement: PaymentSettlementService,
    private readonly operations: PaymentOperationsService,
    private readonly refunds: RefundsService,
  ) {}

  /** Safe to repeat, and in any order. @returns the payment that it is about; null when it is none of ours. */
  async apply(provider: PaymentProviderName, { news }: ProviderEvent): Promise<string | null> {
    if (!news) return null;
    if (news.kind !== 'charge') {
      if (!ID.test(news.key)) return null;
      if (news.kind === 'refund') return this.refunds.record(news.key, news.outcome);
      return (await this.settlement.recordOperation(news.key, news.outcome))?.payment.id ?? null;
    }
    const payment = await this.operations.findCharge(provider, news.key);
    if (!payment) return null;
    // What captures and voids under way have done is theirs to tell, so their answers are asked for first.
    if (payment.claimedAmount > 0) await this.operations.executeAllOf(payment.id);
    const { payment: now } = await this.settlement.record(payment, news.outcome, PROVIDER);
    if (now.claimedAmount > 0) throw new Error('a capture or a void of the payment is under way');
    return payment.id;
  }
}

/** What providers tell by themselves: kept first, then taken over like the answers to our own questions. */
@Injectable()
export class PaymentWebhooksService {
  private readonly logger = new Logger(PaymentWebhooksService.name);

  constructor(
    private readonly webhooks: PaymentWebhooksRepository,
    private readonly payments: WebhookEffects,
    private readonly providers: PaymentProviders,
    private readonly timings: PaymentTimings,
  ) {}

  /**
   * Takes a webhook: checks that the provider sent it, keeps its bytes, and processes it in a transaction of its own. What cannot be processed
   * now stays kept, and is tried again.
   *
   * An event that came before is taken and nothing more, however often and at whatever moments it comes.
   *
   * @throws WebhookProviderUnknownError; PaymentWebhookForgedError, after which nothing of it is kept.
   */
  async receive(provider: string, delivery: WebhookDelivery): Promise<void> {
    const webhook = this.verified(provider, delivery);
    if (!(await this.webhooks.insert(webhook))) return;
    await this.process(webhook);
  }

  /** Processes what was kept and not processed, because its process died or something failed. Any number of workers may do so at once. */
  async sweep(now: Date = new Date()): Promise<void> {
    const before = new Date(now.getTime() - this.timings.sweepAfterMs);
    for (const id of await this.webhooks.findOpen(before, BATCH)) {
      const webhook = await this.webhooks.find(id);
      if (webhook) await this.process(webhook);
    }
  }

  /** One page of webhooks, newest first. */
  list(filter: PaymentWebhookFilter, request: PageRequest): Promise<Page<PaymentWebhook>> {
    return this.webhooks.findPage(filter, request);
  }

  /** Processes a webhook once more, which changes nothing where its news is known. @throws PaymentWebhookNotFoundError; PaymentWebhookPastError */
  async replay(id: string): Promise<PaymentWebhook> {
    const webhook = (await this.webhooks.find(id)) ?? raise(new PaymentWebhookNotFoundError());
    if (webhook.body === null) throw new PaymentWebhookPastError();
    await this.process(webhook);
    return (await this.webhooks.find(id)) ?? raise(new PaymentWebhookNotFoundError());
  }

  private verified(provider: string, delivery: WebhookDelivery): PaymentWebhook {
    const reader = this.readerOf(provider);
    if (!reader) throw new WebhookProviderUnknownError();
    try {
      reader.verify(delivery);
      const { id: eventId } = reader.read(delivery.body);
      return Object.assign(new PaymentWebhook(), {
        id: newId(),
        provider,
        eventId,
        body: delivery.body,
        receivedAt: delivery.receivedAt,
      });
    } catch (error) {
      if (!(error instanceof ForgedWebhookError)) throw error;
      this.logger.warn(`a webhook of ${provider} is not believed: ${error.message}`);
      throw new PaymentWebhookForgedError();
    }
  }

  private async process({ id, provider, body }: PaymentWebhook): Promise<void> {
    try {
      const reader = this.readerOf(provider) ?? raise(new WebhookProviderUnknownError());
      const paymentId = await this.payments.apply(provider as PaymentProviderName, reader.read(body!));
      await this.webhooks.settle(id, paymentId, null, new Date());
    } catch (error) {
      this.logger.error(`webhook ${id} of ${provider} is not processed: ${String(error)}`);
      await this.webhooks.settle(id, null, String(error).slice(0, MAX_ERROR_LENGTH), new Date());
    }
  }

  private readerOf(provider: string): ProviderWebhooks | null {
    return this.providers.find(provider)?.webhooks ?? null;
  }
}
