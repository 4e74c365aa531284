import { Injectable, type OnModuleInit } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { type AnswerKeeper, type KeptAnswer, PublicAnswers, PublicRead } from '../../common/http/public-read.js';
import { Metrics } from '../../common/metrics/metrics.js';
import { Environment } from '../../config/environment.js';

const BYTES_PER_MB = 1024 * 1024;
const MAX_ANSWERS = 20_000;
const MAX_KEY_LENGTH = 1000;
/** Rough cost of an entry beside its body: key, header fields, and what holds them. */
const OVERHEAD_BYTES = 2048;
/** Answers are dropped when what they depend on changes; this is only a bound on what nobody foresaw. */
const TTL_MS = 60_000;
const CATALOGUE = 'catalogue';

/** Marks a read of the catalogue that is the same for everybody who is not signed in. */
export const PublicCatalogue = (): MethodDecorator => PublicRead(CATALOGUE);

/**
 * Serialized answers of the public catalogue, kept in this process and dropped all together when anything of it changes.
 *
 * Nothing is served while changes cannot be heard (`suspend`), and nothing is kept whose reading began before the last change.
 */
@Injectable()
export class CatalogueCache implements AnswerKeeper, OnModuleInit {
  readonly reads = { hits: 0, misses: 0 };
  private readonly answers: LRUCache<string, KeptAnswer> | undefined;
  private isListening = false;
  private changes = 0;

  constructor(
    environment: Environment,
    private readonly publicAnswers: PublicAnswers,
    private readonly metrics: Metrics,
  ) {
    if (environment.CATALOGUE_CACHE_MB === 0) return;
    this.answers = new LRUCache({
      max: MAX_ANSWERS,
      maxSize: environment.CATALOGUE_CACHE_MB * BYTES_PER_MB,
      sizeCalculation: ({ body }) => body.length + OVERHEAD_BYTES,
      ttl: TTL_MS,
      // To the millisecond, it would set a timer for every millisecond with a read.
      ttlResolution: 1_000,
    });
  }

  onModuleInit(): void {
    if (!this.answers) return;
    this.publicAnswers.keepWith(CATALOGUE, this);
    this.metrics.add(
      {
        name: 'storehouse_catalogue_cache_reads_total',
        help: 'Anonymous reads of the catalogue, by whether the answer was cached.',
        kind: 'counter',
        labels: ['outcome'],
        read: () => [
          { labels: { outcome: 'hit' }, value: this.reads.hits },
          { labels: { outcome: 'miss' }, value: this.reads.misses },
        ],
      },
      {
        name: 'storehouse_catalogue_cache_bytes',
        help: 'Memory that cached answers take, about.',
        kind: 'gauge',
        read: () => [{ value: this.answers?.calculatedSize ?? 0 }],
      },
    );
  }

  get isEnabled(): boolean {
    return this.answers !== undefined;
  }

  /** Counts the changes heard of; to be read before the reading of an answer begins. */
  get generation(): number {
    return this.changes;
  }

  find(url: string): KeptAnswer | undefined {
    return this.isListening ? this.answers!.get(keyOf(url)) : undefined;
  }

  /** Keeps an answer, unless the catalogue has changed since `generation`. */
  store(url: string, answer: KeptAnswer, generation: number): void {
    const key = keyOf(url);
    if (this.isListening && generation === this.changes && key.length <= MAX_KEY_LENGTH) this.answers!.set(key, answer);
  }

  /** Drops everything: the catalogue has changed. */
  invalidate(): void {
    this.changes += 1;
    this.answers?.clear();
  }

  /** Stops serving and keeping: changes cannot be heard of. */
  suspend(): void {
    this.isListening = false;
    this.invalidate();
  }

  /** Serves again: from now on every change is heard of. What began to be read before does not count. */
  resume(): void {
    this.invalidate();
    this.isListening = this.isEnabled;
  }
}

/** One key for addresses that differ only in the order of their parameters. */
export function keyOf(url: string): string {
  const start = url.indexOf('?');
  if (start < 0 || !url.includes('&', start)) return url;
  return (
    url.slice(0, start + 1) +
    url
      .slice(start + 1)
      .split('&')
      .sort()
      .join('&')
  );
}
