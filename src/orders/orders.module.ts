import { Module, type OnModuleInit } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { everyOffered } from '../common/extension-points.js';
import { Metrics } from '../common/metrics/metrics.js';
import { RetentionTasks } from '../jobs/retention-tasks.js';
import { MailModule } from '../mail/mail.module.js';
import { OperationsModule } from '../operations/operations.module.js';
import { ProductsModule } from '../products/products.module.js';
import { PersonalData } from '../users/personal-data.js';
import { UsersModule } from '../users/users.module.js';
import { CartRetentionService } from './carts/cart-retention.service.js';
import { CartShippingService } from './carts/cart-shipping.service.js';
import { CartsController } from './carts/carts.controller.js';
import { CartsRepository } from './carts/carts.repository.js';
import { CartsService } from './carts/carts.service.js';
import { Cart, CartLine } from './carts/entities/cart.entity.js';
import { CheckoutService } from './checkout.service.js';
import { DraftPricing } from './drafts/draft-pricing.service.js';
import { DraftsController } from './drafts/drafts.controller.js';
import { DraftJournal, DraftsService } from './drafts/drafts.service.js';
import { DueOrdersRepository } from './due-orders.repository.js';
import { Order } from './entities/order.entity.js';
import { OrderHistoryEntry } from './entities/order-history-entry.entity.js';
import { OrderLine } from './entities/order-line.entity.js';
import { ExportsController } from './export/exports.controller.js';
import { OrderEventAudienceRepository } from './events/order-event-audience.repository.js';
import { OrderEventAudience } from './events/order-event-audience.service.js';
import { OrderExportsService } from './export/order-exports.service.js';
import { GiftCardsModule } from './gift-cards/gift-cards.module.js';
import { OrderLookupController } from './lookup/order-lookup.controller.js';
import { OrderLookupService } from './lookup/order-lookup.service.js';
import { OrderMailQueue } from './mails/order-mail-queue.service.js';
import { OrderMailsRepository } from './mails/order-mails.repository.js';
import { OrderNote } from './notes/order-note.entity.js';
import { OrderNotesController } from './notes/order-notes.controller.js';
import { OrderNotesRepository } from './notes/order-notes.repository.js';
import { OrderNotesService } from './notes/order-notes.service.js';
import { OrderNumberSeries } from './numbers/order-number-series.entity.js';
import { OrderNumbersRepository } from './numbers/order-numbers.repository.js';
import { OrderAccess } from './order-access.js';
import { OrderCancelService } from './order-cancel.service.js';
import { OrderExpiryService } from './order-expiry.service.js';
import { OrderHoldings } from './order-holdings.service.js';
import { OrderListRepository } from './order-list.repository.js';
import { OrderStatesController } from './order-states.controller.js';
import { OrderStatesService } from './order-states.service.js';
import { OrderPlacingService } from './order-placing.service.js';
import { OrdersController } from './orders.controller.js';
import { OrdersRepository } from './orders.repository.js';
import { OrdersService } from './orders.service.js';
import { OrderUpdateService } from './order-update.service.js';
import { Payment } from './payments/entities/payment.entity.js';
import { PaymentOperation } from './payments/entities/payment-operation.entity.js';
import { PaymentWebhook } from './payments/webhooks/payment-webhook.entity.js';
import { PaymentWebhooksController } from './payments/webhooks/payment-webhooks.controller.js';
import { PaymentWebhooksRepository } from './payments/webhooks/payment-webhooks.repository.js';
import { PaymentWebhooksService, WebhookEffects } from './payments/webhooks/payment-webhooks.service.js';
import { Refund, RefundLine } from './payments/entities/refund.entity.js';
import { PaymentProvider } from './payments/payment-provider.js';
import { PaymentProviders } from './payments/payment-providers.js';
import { PaymentOperationsService } from './payments/payment-operations.service.js';
import { PaymentSettlementService } from './payments/payment-settlement.service.js';
import { PaymentSweepService } from './payments/payment-sweep.service.js';
import { PaymentTimings } from './payments/payment-timings.js';
import { PaymentsController } from './payments/payments.controller.js';
import { PaymentsRepository } from './payments/payments.repository.js';
import { PaymentsService } from './payments/payments.service.js';
import { PAYMENT_PROVIDERS } from './payments/provider-list.js';
import { RefundPromisesService } from './payments/refund-promises.service.js';
import { RefundSharesRepository } from './payments/refund-shares.repository.js';
import { RefundsService } from './payments/refunds.service.js';
import { OrderPricing } from './pricing/order-pricing.service.js';
import { PricingRulesRepository } from './pricing/pricing-rules.repository.js';
import { PricingService } from './pricing/pricing.service.js';
import { OrderPrivacyRepository } from './privacy/order-privacy.repository.js';
import { OrderPrivacyService } from './privacy/order-privacy.service.js';
import { TaxModule } from './tax/tax.module.js';
import { ShippingModule } from './shipping/shipping.module.js';
import { PromotionsModule } from './promotions/promotions.module.js';
import { VerificationRepository } from './verification/verification.repository.js';
import { VerificationService } from './verification/verification.service.js';
import { VerifiedRuleState } from './verification/verified-rule-state.entity.js';

/** Other features need `OrdersService` only; the rest is for the jobs of this feature, and for what comes after placing an order. */
@Module({
  imports: [
    TypeOrmModule.forFeature([
      Order,
      OrderLine,
      OrderHistoryEntry,
      OrderNote,
      OrderNumberSeries,
      Cart,
      CartLine,
      Payment,
      PaymentOperation,
      PaymentWebhook,
      Refund,
      RefundLine,
      VerifiedRuleState,
    ]),
    ShippingModule,
    ProductsModule,
    UsersModule,
    MailModule,
    OperationsModule,
    GiftCardsModule,
    TaxModule,
    PromotionsModule,
  ],
  controllers: [
    CartsController,
    OrdersController,
    OrderStatesController,
    OrderNotesController,
    DraftsController,
    OrderLookupController,
    ExportsController,
    PaymentsController,
    PaymentWebhooksController,
  ],
  providers: [
    OrdersService,
    OrderUpdateService,
    OrdersRepository,
    OrderListRepository,
    DueOrdersRepository,
    OrderAccess,
    OrderNotesService,
    OrderNumbersRepository,
    DraftsService,
    DraftPricing,
    DraftJournal,
    OrderLookupService,
    OrderExportsService,
    OrderMailQueue,
    OrderMailsRepository,
    OrderNotesRepository,
    PricingService,
    OrderPricing,
    PricingRulesRepository,
    OrderHoldings,
    OrderPlacingService,
    OrderCancelService,
    OrderExpiryService,
    OrderStatesService,
    CheckoutService,
    CartsService,
    CartShippingService,
    CartRetentionService,
    CartsRepository,
    PaymentsService,
    PaymentsRepository,
    PaymentSettlementService,
    PaymentOperationsService,
    PaymentWebhooksService,
    PaymentWebhooksRepository,
    WebhookEffects,
    PaymentSweepService,
    RefundsService,
    RefundPromisesService,
    RefundSharesRepository,
    PaymentProviders,
    PaymentTimings,
    ...everyOffered(PaymentProvider, PAYMENT_PROVIDERS),
    OrderPrivacyService,
    OrderPrivacyRepository,
    VerificationService,
    VerificationRepository,
    OrderEventAudience,
    OrderEventAudienceRepository,
  ],
  exports: [
    OrderEventAudience,
    PaymentSettlementService,
    DraftsService,
    PricingService,
    OrderCancelService,
    OrderAccess,
    OrderMailQueue,
    OrderMailsRepository,
    OrdersService,
    OrdersRepository,
    OrderExpiryService,
    OrderStatesService,
    OrderExportsService,
    PaymentSweepService,
    PaymentProviders,
    PaymentOperationsService,
    PaymentWebhooksService,
    PaymentsService,
    RefundsService,
    RefundPromisesService,
    RefundSharesRepository,
    PaymentsRepository,
    VerificationService,
  ],
})
export class OrdersModule implements OnModuleInit {
  constructor(
    private readonly privacy: OrderPrivacyService,
    private readonly carts: CartRetentionService,
    private readonly personalData: PersonalData,
    private readonly retention: RetentionTasks,
    private readonly webhooks: PaymentWebhooksRepository,
    private readonly metrics: Metrics,
    private readonly verification: VerificationService,
  ) {}

  onModuleInit(): void {
    this.personalData.add({
      section: 'orders',
      description: 'What you ordered, where it went, and how it was paid.',
      export: (userId) => this.privacy.export(userId),
      erase: (userId, { emailCanonical, isEmailProven }) =>
        this.privacy.erase(userId, isEmailProven ? emailCanonical : null),
    });
    this.personalData.add({
      section: 'carts',
      description: 'What you meant to buy, and where it would have gone.',
      export: (userId) => this.carts.export(userId),
      erase: (userId, { emailCanonical, isEmailProven }) =>
        this.carts.erase(userId, isEmailProven ? emailCanonical : null),
    });
    this.retention.add({ name: 'carts left alone', purge: (limit) => this.carts.abandon(limit) });
    this.retention.add({ name: 'closed carts', purge: (limit) => this.carts.purge(limit) });
    this.retention.add({ name: 'bodies of payment webhooks', purge: (limit) => this.webhooks.forgetBodies(limit) });
    this.retention.add({ name: 'payment webhooks', purge: (limit) => this.webhooks.purge(limit) });
    this.retention.add({ name: 'addresses of erased people', purge: (limit) => this.privacy.eraseDelivered(limit) });
    this.metrics.add(
      {
        name: 'storehouse_verification_breaches',
        help: 'Rows that broke a rule of the books at the last scheduled verification, 20 a rule at most.',
        kind: 'gauge',
        labels: ['rule'],
        read: async () =>
          (await this.verification.lastWatch()).map(({ rule, breaches }) => ({ labels: { rule }, value: breaches })),
      },
      {
        name: 'storehouse_verification_last_run_timestamp_seconds',
        help: 'When the books were last verified by the schedule, in Unix time; absent before the first run.',
        kind: 'gauge',
        read: async () => {
          const [last] = await this.verification.lastWatch();
          return last ? [{ value: last.verifiedAt.getTime() / 1_000 }] : [];
        },
      },
    );
  }
}
