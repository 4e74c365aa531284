import { Body, Controller, Get, Injectable, Module, Param } from '@nestjs/common';
import { IsIn, IsOptional, IsString } from 'class-validator';
import { AppModule } from '../../../src/app.module.js';
import type { AppOptions } from '../../../src/app.setup.js';
import {
  conflict,
  forbidden,
  notFound,
  preconditionFailed,
  rejected,
  tooManyRequests,
} from '../../../src/common/errors/domain.error.js';
import { Location } from '../../../src/common/http/location.decorator.js';
import { Idempotent, Lease } from '../../../src/common/idempotency/idempotency.interceptor.js';
import type { KeyLease } from '../../../src/common/idempotency/idempotency.service.js';
import { Patch, Post } from '../../../src/common/idempotency/write.decorators.js';
import { Public } from '../../../src/common/security/access.decorators.js';
import { TransactionRunner } from '../../../src/database/transaction-runner.js';
import { testEnvironment } from '../../support/test-environment.js';

class TestConflict extends conflict('effect.conflict', 'Conflict') {}
class TestNotFound extends notFound('effect.not_found', 'Not found') {}
class TestRejected extends rejected('effect.rejected', 'Rejected') {}
class TestForbidden extends forbidden('effect.forbidden', 'Forbidden') {}
class TestPrecondition extends preconditionFailed('effect.precondition', 'Precondition') {}
class TestTooMany extends tooManyRequests('effect.too_many', 'Too many') {}

export const REFUSALS = {
  conflict: () => new TestConflict('There is a conflict.'),
  notFound: () => new TestNotFound('There is no such thing.'),
  rejected: () => new TestRejected('The rule says no.'),
  forbidden: () => new TestForbidden('Not yours.'),
  precondition: () => new TestPrecondition('It has changed.'),
  tooMany: () => new TestTooMany('Slow down.'),
  failure: () => new Error('unforeseen'),
};

/** What the handlers do after their effect; set by a test, run on every call. */
export const behaviour: { afterEffect: () => Promise<void> | void; requestKeys: (string | null)[] } = {
  afterEffect: () => undefined,
  requestKeys: [],
};

class EffectDto {
  @IsString()
  what: string;

  @IsOptional()
  @IsIn(['big', 'small'])
  size?: string;
}

/** The service of the tests: each call leaves one row. */
@Injectable()
export class Effects {
  constructor(private readonly transactions: TransactionRunner) {}

  record(what: string): Promise<{ id: number; what: string; version: number }> {
    return this.transactions.run(async () => {
      const [row] = await this.transactions.query<{ id: number }>(
        'INSERT INTO test_effects (what) VALUES ($1) RETURNING id',
        [what],
      );
      await behaviour.afterEffect();
      return { id: row!.id, what, version: 1 };
    });
  }

  /** Two transactions with a call to the outside between them, safe to run again under the same request key. */
  async recordAcross(what: string, lease: KeyLease): Promise<{ id: number; what: string; version: number }> {
    const { requestKey } = lease;
    const id = await this.transactions.run(async () => {
      await lease.take();
      behaviour.requestKeys.push(requestKey);
      const [row] = await this.transactions.query<{ id: number }>(
        `INSERT INTO test_effects (what, request_key) VALUES ($1, $2)
         ON CONFLICT (request_key) DO UPDATE SET what = EXCLUDED.what RETURNING id`,
        [what, requestKey],
      );
      return row!.id;
    });
    await behaviour.afterEffect();
    return { id, what, version: 1 };
  }

  static async prepare(transactions: TransactionRunner): Promise<void> {
    await transactions.execute('DROP TABLE IF EXISTS test_effects');
    await transactions.execute(
      'CREATE TABLE test_effects (id serial PRIMARY KEY, what text NOT NULL, request_key text UNIQUE)',
    );
  }

  static async count(transactions: TransactionRunner, what: string): Promise<number> {
    const [row] = await transactions.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM test_effects WHERE what = $1',
      [what],
    );
    return row!.count;
  }
}

@Public()
@Controller({ path: 'effects', version: '1' })
class EffectsController {
  constructor(private readonly effects: Effects) {}

  @Post()
  @Location('effects/:id')
  record(@Body() dto: EffectDto): Promise<object> {
    return this.effects.record(dto.what);
  }

  @Post('required')
  @Idempotent({ required: true, movesMoney: true })
  recordRequired(@Body() dto: EffectDto): Promise<object> {
    return this.effects.record(dto.what);
  }

  @Post('across')
  @Idempotent({ required: true, spansTransactions: true, takesLease: true })
  recordAcross(@Body() dto: EffectDto, @Lease() lease: KeyLease): Promise<object> {
    return this.effects.recordAcross(dto.what, lease);
  }

  @Patch(':id')
  change(@Param('id') id: string, @Body() dto: EffectDto): Promise<object> {
    return this.effects.record(`${id} ${dto.what}`);
  }

  @Get()
  list(): object {
    return { data: [], nextCursor: null };
  }
}

@Module({ controllers: [EffectsController], providers: [Effects] })
class EffectsModule {}

/** The whole application with the routes of these tests added under `/api/v1/effects`. */
export function withEffects(overrides: Parameters<typeof testEnvironment>[0] = {}): AppOptions {
  const root = AppModule.register(testEnvironment(overrides));
  return { root: { ...root, imports: [...(root.imports ?? []), EffectsModule] } };
}
