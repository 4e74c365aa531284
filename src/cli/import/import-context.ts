import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConfigModule } from '../../config/config.module.js';
import type { Environment } from '../../config/environment.js';
import { DatabaseModule } from '../../database/database.module.js';
import { OrderImportModule } from '../../orders/import/order-import.module.js';
import { ImportModule } from '../../products/import/import.module.js';

/** Builds no more of the application than an import needs, so that little memory goes to anything else. */
export async function createImportContext(environment: Environment): Promise<INestApplicationContext> {
  class ImportCommandModule {}
  const imports = [ConfigModule.register(environment), DatabaseModule, ImportModule, OrderImportModule];
  return NestFactory.createApplicationContext(
    { module: ImportCommandModule, imports },
    { logger: false, abortOnError: false },
  );
}
