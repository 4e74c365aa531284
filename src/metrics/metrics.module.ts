import { type DynamicModule, Module } from '@nestjs/common';
import { Metrics, refusals, type Sample } from '../common/metrics/metrics.js';
import type { Environment } from '../config/environment.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import { MetricsController } from './metrics.controller.js';
import { MetricsServer } from './metrics-server.js';
import { MetricsService } from './metrics.service.js';
import { OutboxLagRepository } from './outbox-lag.repository.js';

/** `GET /metrics`, beside the API or on a port of its own. */
@Module({})
export class MetricsModule {
  static register({ METRICS_PORT, METRICS_TOKEN, isProduction }: Environment): DynamicModule {
    const isBesideApi = METRICS_PORT === undefined && (METRICS_TOKEN !== undefined || !isProduction);
    return {
      module: MetricsModule,
      providers: [MetricsService, OutboxLagRepository, ...(METRICS_PORT === undefined ? [] : [MetricsServer])],
      controllers: isBesideApi ? [MetricsController] : [],
    };
  }

  /** Adds its metrics before those of every feature: connections are counted before other readings take some. */
  constructor(metrics: Metrics, transactions: TransactionRunner, outbox: OutboxLagRepository) {
    metrics.add(
      {
        name: 'storehouse_refusals_total',
        help: 'Problems answered, by code, such as product.insufficient_stock and request.rate_limited.',
        kind: 'counter',
        labels: ['code'],
        read: () => refusals.samples(),
      },
      {
        name: 'storehouse_database_connections',
        help: 'Connections of the pool of this process, those of them that are idle, and units of work that wait for one.',
        kind: 'gauge',
        labels: ['state'],
        read: () => samplesOf('state', transactions.connections),
      },
      {
        name: 'storehouse_outbox_oldest_unpublished_seconds',
        help: 'Age of the oldest event that the relay has not published; 0 when it has published all.',
        kind: 'gauge',
        read: async () => [{ value: await outbox.oldestUnpublishedSeconds() }],
      },
      {
        name: 'storehouse_outbox_unacknowledged_jobs',
        help: 'Jobs of published events that no processor has completed, but for those that failed for good.',
        kind: 'gauge',
        read: async () => [{ value: await outbox.unacknowledgedJobs() }],
      },
      {
        name: 'storehouse_failed_jobs',
        help: 'Jobs of events that failed for good and wait for staff, or for their next round.',
        kind: 'gauge',
        read: async () => [{ value: await outbox.failedJobs() }],
      },
    );
  }
}

function samplesOf(label: string, values: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(values).map(([name, value]) => ({ labels: { [label]: name }, value }));
}
