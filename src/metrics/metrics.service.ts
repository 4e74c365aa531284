import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { Metric as PrometheusMetric, Registry } from 'prom-client';
import { type Metric, Metrics, type Sample } from '../common/metrics/metrics.js';
import { BUCKETS, requestTimes } from '../common/metrics/request-times.js';
import { Environment } from '../config/environment.js';
import { within } from '../common/within.js';

/** How long one metric may take to read. */
const PATIENCE_MS = 2_000;

/** The metrics of this process in the text format of Prometheus. */
@Injectable()
export class MetricsService {
  private registry: Promise<Registry> | undefined;
  private running: Promise<{ type: string; text: string }> | undefined;

  constructor(
    private readonly metrics: Metrics,
    private readonly environment: Environment,
  ) {}

  /** False when METRICS_TOKEN is set and this is not it. */
  admits(authorization: string | undefined): boolean {
    const { METRICS_TOKEN } = this.environment;
    if (METRICS_TOKEN === undefined) return true;
    const [, given = ''] = /^Bearer +(\S+)$/i.exec(authorization ?? '') ?? [];
    return timingSafeEqual(digest(given), digest(METRICS_TOKEN));
  }

  /** Reads every metric. Whoever asks meanwhile gets the same answer. */
  read(): Promise<{ type: string; text: string }> {
    this.running ??= this.readAll().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  private async readAll(): Promise<{ type: string; text: string }> {
    this.registry ??= this.makeRegistry();
    const registry = await this.registry;
    return { type: registry.contentType, text: await registry.metrics() };
  }

  /** The library is loaded, and watches the event loop and the collection of garbage, only where somebody asks. */
  private async makeRegistry(): Promise<Registry> {
    // By its default export, which a CommonJS module has in a bundle as well.
    const { collectDefaultMetrics, Counter, Gauge, Registry } = (await import('prom-client')).default;
    const registry = new Registry();
    collectDefaultMetrics({ register: registry });
    registry.registerMetric(requestDurations());
    for (const metric of this.metrics.all()) {
      const options = { name: metric.name, help: metric.help, labelNames: metric.labels ?? [], registers: [registry] };
      const own = metric.kind === 'counter' ? new Counter(options) : new Gauge(options);
      Object.assign(own, {
        collect: async () => {
          const samples = await samplesOf(metric);
          own.reset();
          for (const { labels = {}, value } of samples) own.inc(labels, value);
        },
      });
    }
    return registry;
  }
}

/** Nothing where the reading fails: the others are of use all the same, most of all when something is down. */
function samplesOf(metric: Metric): Promise<readonly Sample[]> {
  const reading = (async () => metric.read())();
  return within(PATIENCE_MS, reading).catch(() => []);
}

/** A histogram made of what has been counted; the library's own would have to be told of each request. */
function requestDurations(): PrometheusMetric {
  const name = 'http_request_duration_seconds';
  const valuesOf = ({ method, route, status, counts, seconds }: ReturnType<typeof requestTimes>[number]) => {
    const labels = { method, route, status };
    let total = 0;
    const buckets = counts.map((count, index) => ({
      metricName: `${name}_bucket`,
      labels: { ...labels, le: BUCKETS[index] ?? '+Inf' },
      value: (total += count),
    }));
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: seconds },
      { metricName: `${name}_count`, labels, value: total },
    ];
  };
  const get = () => ({
    name,
    help: 'How long answers took, by template of the route and class of the status.',
    type: 'histogram',
    values: requestTimes().flatMap(valuesOf),
  });
  return { name, get } as unknown as PrometheusMetric;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
