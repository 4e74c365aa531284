import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { TemporarilyUnavailableError } from '../../common/errors/request.errors.js';
import type { StrengthAnswer, StrengthQuestion } from './password-strength.worker.js';
import { WorkQueue } from './work-queue.js';

/** An estimate takes a tenth of a second at most; the first one also waits for the word lists. */
const PATIENCE_MS = 10_000;
/** The thread ends when nobody chooses a password for this long. */
const IDLE_MS = 60_000;
const MOST_WAITING = 64;
/** The word lists need half of this; with more room the thread would collect its garbage later and fill 150 MiB instead of 90. */
const MEMORY = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 2 };

/**
 * Estimates how many guesses a password withstands, with zxcvbn in a thread of its own: an estimate can take a tenth of a second and loading
 * the word lists more, and requests must not wait for that. The thread starts with the first question and ends when it is idle.
 */
@Injectable()
export class PasswordStrength implements OnModuleDestroy {
  private readonly queue = new WorkQueue(1, MOST_WAITING);
  private thread: Worker | undefined;
  private idle: NodeJS.Timeout | undefined;

  /**
   * Judges the first 72 characters: what follows can only make a password stronger.
   *
   * @param context Words that whoever guesses this person's password tries first.
   * @throws TemporarilyUnavailableError when too many wait, or there is no answer in time.
   */
  estimate(password: string, context: readonly string[]): Promise<StrengthAnswer> {
    return this.queue.run(() => this.ask({ password, context }));
  }

  onModuleDestroy(): Promise<unknown> {
    return this.end();
  }

  private async ask(question: StrengthQuestion): Promise<StrengthAnswer> {
    clearTimeout(this.idle);
    const thread = (this.thread ??= this.start());
    let resolve!: (answer: StrengthAnswer) => void;
    let reject!: (error: Error) => void;
    // Not Promise.withResolvers, which Node 20 lacks.
    const promise = new Promise<StrengthAnswer>((...settle) => ([resolve, reject] = settle));
    const fail = (): void => reject(new TemporarilyUnavailableError());
    const timer = setTimeout(fail, PATIENCE_MS);
    thread.once('message', resolve).once('error', reject).once('exit', fail);
    thread.ref();
    try {
      thread.postMessage(question);
      return await promise;
    } catch (error) {
      // Whatever it still says belongs to no question.
      await this.end();
      throw error;
    } finally {
      clearTimeout(timer);
      thread.off('message', resolve).off('error', reject).off('exit', fail);
      thread.unref();
      this.idle = setTimeout(() => void this.end(), IDLE_MS).unref();
    }
  }

  /** Starts the thread from the file beside this one, whether that is compiled or not. */
  private start(): Worker {
    const file = new URL(`password-strength.worker${extname(import.meta.url)}`, import.meta.url);
    const thread = new Worker(file, { resourceLimits: MEMORY });
    const forget = (): void => {
      if (this.thread === thread) this.thread = undefined;
    };
    // Also while nobody waits for an answer: an error that nobody hears would end the process.
    return thread.on('error', forget).on('exit', forget);
  }

  private async end(): Promise<void> {
    clearTimeout(this.idle);
    const thread = this.thread;
    this.thread = undefined;
    await thread?.terminate();
  }
}
