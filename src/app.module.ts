import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { AccountPagesModule } from './account-pages/account-pages.module.js';
import { AuditModule } from './audit/audit.module.js';
import { AuthModule } from './auth/auth.module.js';
import { JwtAuthGuard } from './auth/jwt-auth.guard.js';
import { ScopesGuard } from './auth/scopes.guard.js';
import { CommonModule } from './common/common.module.js';
import { ProblemDetailsFilter } from './common/errors/problem-details.filter.js';
import { RateLimitGuard } from './common/rate-limit/rate-limit.guard.js';
import { RedisModule } from './common/redis/redis.module.js';
import { KnownParametersGuard } from './common/validation/known-parameters.guard.js';
import { RequestValidationPipe } from './common/validation/validation.pipe.js';
import { ConfigModule } from './config/config.module.js';
import type { Environment } from './config/environment.js';
import { DatabaseModule } from './database/database.module.js';
import { EventsModule } from './events/events.module.js';
import { StreamsModule } from './events/streams/streams.module.js';
import { WebhooksModule } from './events/webhooks/webhooks.module.js';
import { HealthModule } from './health/health.module.js';
import { HomeModule } from './home/home.module.js';
import { JobControlModule } from './job-control/job-control.module.js';
import { JobsModule } from './jobs/jobs.module.js';
import { DevelopmentMailModule } from './mail/development-mail.module.js';
import { MailModule } from './mail/mail.module.js';
import { MailsModule } from './mail/mails.controller.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { OperationsModule } from './operations/operations.module.js';
import { FulfilmentsModule } from './orders/fulfilments/fulfilments.module.js';
import { OrderEditsModule } from './orders/edits/order-edits.module.js';
import { InvoicesModule } from './orders/invoices/invoices.module.js';
import { LedgerModule } from './orders/ledger/ledger.module.js';
import { OrdersModule } from './orders/orders.module.js';
import { FakeCompanyModule } from './orders/payments/fake-company.controller.js';
import { ReturnsModule } from './orders/returns/returns.module.js';
import { ProductsModule } from './products/products.module.js';
import { UsersModule } from './users/users.module.js';

/** Lists the feature modules, and what every request passes: who are you, how often, may you, is it well-formed. */
@Module({})
export class AppModule {
  static register(environment: Environment): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.register(environment),
        DatabaseModule,
        RedisModule,
        CommonModule,
        JobsModule,
        MailModule,
        MailsModule,
        AuditModule,
        HealthModule,
        HomeModule,
        MetricsModule.register(environment),
        AuthModule,
        UsersModule,
        OperationsModule,
        ProductsModule,
        OrdersModule,
        ReturnsModule,
        OrderEditsModule,
        FulfilmentsModule,
        LedgerModule,
        InvoicesModule,
        EventsModule,
        StreamsModule,
        JobControlModule,
        WebhooksModule,
        ...(AccountPagesModule.isWanted(environment) ? [AccountPagesModule] : []),
        ...(DevelopmentMailModule.isWanted(environment) ? [DevelopmentMailModule] : []),
        ...(FakeCompanyModule.isWanted(environment) ? [FakeCompanyModule] : []),
        ...(environment.runsJobs
          ? [import('./background.module.js').then(({ BackgroundModule }) => ({ module: BackgroundModule }))]
          : []),
      ],
      providers: [
        { provide: APP_GUARD, useExisting: JwtAuthGuard },
        { provide: APP_GUARD, useClass: RateLimitGuard },
        { provide: APP_GUARD, useExisting: ScopesGuard },
        { provide: APP_GUARD, useClass: KnownParametersGuard },
        { provide: APP_PIPE, useClass: RequestValidationPipe },
        { provide: APP_FILTER, useClass: ProblemDetailsFilter },
      ],
    };
  }
}
