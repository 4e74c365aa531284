import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { SharedAnswer } from '../../common/http/public-read.js';
import { Environment } from '../../config/environment.js';

const BYTES_PER_MB = 1024 * 1024;
const MAX_ANSWERS = 20_000;
const MAX_KEY_LENGTH = 1000;
/** Rough cost of an entry beside its body. */
const OVERHEAD_BYTES = 512;
/** Answers are dropped when what they depend on changes; this is only a bound on what nobody foresaw. */
const TTL_MS = 60_000;

/**
 * Serialized answers of the public catalogue, kept in this process and dropped all together when anything of it changes.
 *
 * Nothing is served while changes cannot be heard (`suspend`), and nothing is kept whose reading began before the last change.
 */
@Injectable()
export class CatalogueCache {
  private readonly answers: LRUCache<string, SharedAnswer> | undefined;
  private isListening = false;
  private changes = 0;

  constructor(environment: Environment) {
    if (environment.CATALOGUE_CACHE_MB === 0) return;
    this.answers = new LRUCache({
      max: MAX_ANSWERS,
      maxSize: environment.CATALOGUE_CACHE_MB * BYTES_PER_MB,
      sizeCalculation: ({ body }, key) => 2 * (body.length + key.length) + OVERHEAD_BYTES,
      ttl: TTL_MS,
      // To the millisecond, it would set a timer for every millisecond with a read.
      ttlResolution: 1_000,
    });
  }

  get isEnabled(): boolean {
    return this.answers !== undefined;
  }

  /** Counts the changes heard of; to be read before the reading of an answer begins. */
  get generation(): number {
    return this.changes;
  }

  /** Memory that the answers take, about. */
  get bytes(): number {
    return this.answers?.calculatedSize ?? 0;
  }

  find(url: string): SharedAnswer | undefined {
    return this.isListening ? this.answers!.get(keyOf(url)) : undefined;
  }

  /** Keeps an answer, unless the catalogue has changed since `generation`. */
  store(url: string, answer: SharedAnswer, generation: number): void {
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
