import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConfigModule } from '../../config/config.module.js';
import type { Environment } from '../../config/environment.js';
import { DatabaseModule } from '../../database/database.module.js';
import { migrate } from '../../database/schema.js';
import { ImportModule } from '../../products/import/import.module.js';
import { prepareEnvironment } from '../../start/prepare-environment.js';

/** Builds no more of the application than an import needs, so that little memory goes to anything else. */
export async function createImportContext(environment: Environment): Promise<INestApplicationContext> {
  class ImportCommandModule {}
  const imports = [ConfigModule.register(environment), DatabaseModule, ImportModule];
  return NestFactory.createApplicationContext(
    { module: ImportCommandModule, imports },
    { logger: false, abortOnError: false },
  );
}

/**
 * Runs `work` on the database of the application: that of a running one, or of its embedded servers, which are started for it and stopped
 * afterwards. Outside production the database is migrated first.
 */
export async function withImportContext(work: (context: INestApplicationContext) => Promise<void>): Promise<void> {
  const prepared = await prepareEnvironment({ attach: true });
  try {
    const { environment } = prepared;
    if (!environment.isProduction) await migrate(environment.DATABASE_URL);
    const context = await createImportContext(environment);
    try {
      await work(context);
    } finally {
      await context.close();
    }
  } finally {
    await prepared.stop();
  }
}
