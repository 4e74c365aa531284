import { Test, type TestingModule } from '@nestjs/testing';
import { AuditModule } from '../../../src/audit/audit.module.js';
import { CommonModule } from '../../../src/common/common.module.js';
import { RedisModule } from '../../../src/common/redis/redis.module.js';
import { ConfigModule } from '../../../src/config/config.module.js';
import { DatabaseModule } from '../../../src/database/database.module.js';
import { testEnvironment } from '../../support/test-environment.js';

/** The audit log without any feature. */
export async function startAudit(): Promise<TestingModule> {
  const environment = testEnvironment();
  const imports = [ConfigModule.register(environment), DatabaseModule, RedisModule, CommonModule, AuditModule];
  const module = await Test.createTestingModule({ imports }).compile();
  return module.init();
}
