import { type DynamicModule, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { AuthModule } from './auth/auth.module.js';
import { JwtAuthGuard } from './auth/jwt-auth.guard.js';
import { ScopesGuard } from './auth/scopes.guard.js';
import { CommonModule } from './common/common.module.js';
import { ProblemDetailsFilter } from './common/errors/problem-details.filter.js';
import { IdempotencyInterceptor } from './common/idempotency/idempotency.interceptor.js';
import { RateLimitGuard } from './common/rate-limit/rate-limit.guard.js';
import { RedisModule } from './common/redis/redis.module.js';
import { KnownParametersGuard } from './common/validation/known-parameters.guard.js';
import { RequestValidationPipe } from './common/validation/validation.pipe.js';
import { ConfigModule } from './config/config.module.js';
import type { Environment } from './config/environment.js';
import { DatabaseModule } from './database/database.module.js';
import { HealthModule } from './health/health.module.js';
import { JobsModule } from './jobs/jobs.module.js';
import { WorkerModule } from './jobs/worker.module.js';
import { DevelopmentMailModule } from './mail/development-mail.module.js';
import { MailModule } from './mail/mail.module.js';
import { OrdersJobsModule } from './orders/jobs/orders-jobs.module.js';
import { OrdersModule } from './orders/orders.module.js';
import { ImportModule } from './products/import/import.module.js';
import { ProductsModule } from './products/products.module.js';
import { UsersModule } from './users/users.module.js';

/** Relay, clock and processors: only processes that run jobs have them, so that the others never connect to Bull. */
const WORKER_MODULES = [WorkerModule, OrdersJobsModule];

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
        HealthModule,
        AuthModule,
        UsersModule,
        ProductsModule,
        ImportModule,
        OrdersModule,
        ...(DevelopmentMailModule.isWanted(environment) ? [DevelopmentMailModule] : []),
        ...(environment.runsJobs ? WORKER_MODULES : []),
      ],
      providers: [
        { provide: APP_GUARD, useExisting: JwtAuthGuard },
        { provide: APP_GUARD, useClass: RateLimitGuard },
        { provide: APP_GUARD, useExisting: ScopesGuard },
        { provide: APP_GUARD, useClass: KnownParametersGuard },
        { provide: APP_PIPE, useClass: RequestValidationPipe },
        { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor },
        { provide: APP_FILTER, useClass: ProblemDetailsFilter },
      ],
    };
  }
}
