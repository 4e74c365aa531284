import { setTimeout as sleep } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { type StandingCredential, StandingCredentials } from '../../auth/standing-credentials.service.js';
import { TemporarilyUnavailableError } from '../../common/errors/request.errors.js';
import { clientNetwork } from '../../common/http/client-address.js';
import { Metrics, Tally } from '../../common/metrics/metrics.js';
import { principalKey } from '../../common/security/principal.js';
import { Environment } from '../../config/environment.js';
import type { OpenStream, StreamEnd } from './open-stream.js';
import { OperationProgress } from './operation-progress.js';
import { TooManyStreamsError } from './streams.errors.js';

const SECOND_MS = 1_000;
/** Seconds between two signs of life of a stream. */
const BEAT_SECONDS = 15;
/** Streams of one caller, and of one address, in one process; RATE_LIMIT_SCALE multiplies both. */
const MOST_OF_CALLER = 20;
const MOST_OF_ADDRESS = 200;
/** How long readers may take to hear that the server stops. */
const FAREWELL_MS = 1_000;

/**
 * Every stream that is open in this process. Once a second one look is taken at all of them together: whose credentials have ended, who does
 * not read, who has not heard anything for long.
 */
@Injectable()
export class OpenStreams implements BeforeApplicationShutdown {
  private readonly logger = new Logger(OpenStreams.name);
  private readonly streams = new Map<OpenStream, { beatSecond: number; subjects: string[] }>();
  private readonly counts = new Map<string, number>();
  private readonly ended = new Tally(['kind', 'reason']);
  private timer: NodeJS.Timeout | undefined;
  private second = 0;
  private isChecking = false;
  private hasFailed = false;
  private isStopping = false;

  constructor(
    private readonly credentials: StandingCredentials,
    private readonly operations: OperationProgress,
    private readonly environment: Environment,
    metrics: Metrics,
  ) {
    metrics.add(
      {
        name: 'storehouse_streams_open',
        help: 'Streams of events that are open in this process.',
        kind: 'gauge',
        labels: ['kind'],
        read: () => ['sse', 'websocket'].map((kind) => ({ value: this.countOf(kind), labels: { kind } })),
      },
      {
        name: 'storehouse_streams_ended_total',
        help: 'Streams of events that this process has ended, by reason.',
        kind: 'counter',
        labels: ['kind', 'reason'],
        read: () => this.ended.samples(),
      },
    );
  }

  /** @throws TooManyStreamsError; TemporarilyUnavailableError when the process is about to end. */
  refuseBeyondLimits(credential: StandingCredential | null, address: string): void {
    if (this.isStopping) throw new TemporarilyUnavailableError();
    for (const [subject, most] of this.limitsOf(credential, address)) {
      if ((this.counts.get(subject) ?? 0) >= most * this.environment.RATE_LIMIT_SCALE) throw new TooManyStreamsError();
    }
  }

  /** Watches over a stream until it is removed. @throws as `refuseBeyondLimits` */
  add(stream: OpenStream): void {
    this.refuseBeyondLimits(stream.credential, stream.address);
    this.streams.set(stream, { beatSecond: this.second % BEAT_SECONDS, subjects: this.count(stream) });
    this.timer ??= setInterval(() => this.look(), SECOND_MS);
  }

  /** Counts a stream as its caller's, who has just been recognised. @throws TooManyStreamsError */
  claim(stream: OpenStream, credential: StandingCredential): void {
    const entry = this.streams.get(stream);
    if (!entry) return;
    this.uncount(entry.subjects);
    try {
      this.refuseBeyondLimits(credential, stream.address);
      stream.credential = credential;
    } finally {
      entry.subjects = this.count(stream);
    }
  }

  remove(stream: OpenStream): void {
    const entry = this.streams.get(stream);
    if (!entry) return;
    this.streams.delete(stream);
    this.uncount(entry.subjects);
    if (this.streams.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  end(stream: OpenStream, reason: StreamEnd): void {
    this.ended.add(stream.kind, reason);
    stream.end(reason);
  }

  /** Bytes that wait for the slowest reader. */
  get mostWaiting(): number {
    return Math.max(0, ...[...this.streams.keys()].map(({ waiting }) => waiting));
  }

  /** Cuts everybody off without a word; who comes again goes on from where it was. */
  dropAll(): void {
    for (const stream of [...this.streams.keys()]) stream.drop();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.isStopping = true;
    for (const stream of [...this.streams.keys()]) this.end(stream, 'server.stopping');
    const patienceEnds = Date.now() + FAREWELL_MS;
    while (this.streams.size > 0 && Date.now() < patienceEnds) await sleep(20);
    this.dropAll();
    clearInterval(this.timer);
  }

  private look(): void {
    this.second += 1;
    const now = Date.now();
    for (const [stream, { beatSecond }] of this.streams) {
      if (!stream.isTaking(now)) {
        this.ended.add(stream.kind, 'event.slow_reader');
        stream.drop();
      } else if (this.second % BEAT_SECONDS === beatSecond) stream.beat();
    }
    void this.checkAll();
  }

  private async checkAll(): Promise<void> {
    if (this.isChecking) return;
    this.isChecking = true;
    try {
      await this.checkCredentials();
      await this.operations.look();
      this.hasFailed = false;
    } catch (error) {
      // Without the database nobody is sent anything either. Said once; the next second tries again.
      if (!this.hasFailed) this.logger.warn(`Streams cannot be checked: ${String(error)}`);
      this.hasFailed = true;
    } finally {
      this.isChecking = false;
    }
  }

  private async checkCredentials(): Promise<void> {
    const held = [...this.streams.keys()].flatMap((stream) =>
      stream.credential ? [{ stream, credential: stream.credential }] : [],
    );
    if (held.length === 0) return;
    const good = await this.credentials.check(held.map(({ credential }) => credential));
    for (const { stream, credential } of held) {
      // One that has gone, or shown others, while the database was asked is no longer of interest.
      if (!this.streams.has(stream) || stream.credential !== credential) continue;
      const scopes = good.get(credential.reference);
      if (credential.endsAt !== null && credential.endsAt.getTime() <= Date.now())
        this.end(stream, 'auth.token_expired');
      else if (!scopes) this.end(stream, 'auth.invalid_token');
      else if (!stream.isAllowedTo(scopes)) this.end(stream, 'auth.insufficient_scope');
    }
  }

  /** How many of a kind are open. */
  countOf(kind: string): number {
    let count = 0;
    for (const stream of this.streams.keys()) if (stream.kind === kind) count += 1;
    return count;
  }

  private limitsOf(credential: StandingCredential | null, address: string): [string, number][] {
    const limits: [string, number][] = [[`address:${clientNetwork(address)}`, MOST_OF_ADDRESS]];
    if (credential) limits.push([principalKey(credential.caller), MOST_OF_CALLER]);
    return limits;
  }

  private count({ credential, address }: OpenStream): string[] {
    const subjects = this.limitsOf(credential, address).map(([subject]) => subject);
    for (const subject of subjects) this.counts.set(subject, (this.counts.get(subject) ?? 0) + 1);
    return subjects;
  }

  private uncount(subjects: readonly string[]): void {
    for (const subject of subjects) {
      const count = this.counts.get(subject)! - 1;
      if (count > 0) this.counts.set(subject, count);
      else this.counts.delete(subject);
    }
  }
}
