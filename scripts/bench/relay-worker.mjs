// A worker whose jobs of the order-mail queue do nothing: what is measured is the way of an event there, and its acknowledgement.
import { createServer } from 'node:http';
import { Process, Processor } from '@nestjs/bull';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommonModule } from '../../dist/common/common.module.js';
import { RedisModule } from '../../dist/common/redis/redis.module.js';
import { ConfigModule } from '../../dist/config/config.module.js';
import { loadEnvironment } from '../../dist/config/environment.js';
import { DatabaseModule } from '../../dist/database/database.module.js';
import { EventJobs } from '../../dist/jobs/event-jobs.js';
import { JobsModule } from '../../dist/jobs/jobs.module.js';
import { policyOf, QUEUES } from '../../dist/jobs/queues.js';
import { WorkerModule } from '../../dist/jobs/worker.module.js';

const environment = loadEnvironment(process.env);

class NothingProcessor {
  constructor(events) {
    this.events = events;
  }

  run(job) {
    return this.events.run(QUEUES.orderMail, job, () => Promise.resolve());
  }
}
Reflect.defineMetadata('design:paramtypes', [EventJobs], NothingProcessor);
Processor(QUEUES.orderMail)(NothingProcessor);
Process({ concurrency: policyOf(QUEUES.orderMail).concurrency })(
  NothingProcessor.prototype,
  'run',
  Object.getOwnPropertyDescriptor(NothingProcessor.prototype, 'run'),
);

class BenchModule {}
Module({
  imports: [ConfigModule.register(environment), DatabaseModule, RedisModule, CommonModule, JobsModule, WorkerModule],
  providers: [NothingProcessor],
})(BenchModule);

const app = await NestFactory.createApplicationContext(BenchModule, { logger: ['error', 'warn'] });
const server = createServer((_, response) => response.end()).listen(environment.PORT, '127.0.0.1');
process.once('SIGTERM', () => {
  server.closeAllConnections();
  server.close();
  void app.close().then(() => process.exit(0));
});
