import { AsyncLocalStorage } from 'node:async_hooks';
import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import type { TestApp } from './test-app.js';

/** Where a process dies: at its `step`-th statement, on the way there or on the way back. */
export interface Crash {
  readonly step: number;
  readonly when: 'before' | 'after';
}

interface Life extends Crash {
  steps: number;
  isOver: boolean;
}

class Killed extends Error {}

const lives = new AsyncLocalStorage<Life>();
type Query = (this: pg.Client, ...args: unknown[]) => unknown;
const prototype = pg.Client.prototype as unknown as { query: Query };

/** Lets the work of one process die at any of its statements, while the test and all else live on. Everything a process does awaits one. */
export function installCrashes(): { uninstall(): void } {
  const original = prototype.query;
  prototype.query = function (...args) {
    const life = lives.getStore();
    if (!life) return original.apply(this, args);
    if (life.isOver) return refused(args);
    life.steps += 1;
    if (life.steps !== life.step) return original.apply(this, args);
    const die = (): void => {
      life.isOver = true;
      // What PostgreSQL sees of a killed process: its connection is closed.
      (this as unknown as { connection: { stream: Socket } }).connection.stream.destroy();
    };
    if (life.when === 'before') {
      die();
      return refused(args);
    }
    const callback = args.at(-1);
    if (typeof callback === 'function') {
      const answer = (): void => {
        die();
        (callback as (error: Error) => void)(new Killed());
      };
      return original.apply(this, [...args.slice(0, -1), answer]);
    }
    return (original.apply(this, args) as Promise<unknown>).then(
      () => {
        die();
        throw new Killed();
      },
      (error: unknown) => {
        die();
        throw error;
      },
    );
  };
  return {
    uninstall() {
      prototype.query = original;
    },
  };
}

/**
 * Does work that dies on the way; whatever its process would have answered is lost. What it had sent before, PostgreSQL may still commit: that
 * is waited for, so that the next process comes when all is decided.
 *
 * @returns false when it has come to its end first.
 */
export async function dying(app: TestApp, crash: Crash, work: () => Promise<unknown>): Promise<boolean> {
  const life: Life = { ...crash, steps: 0, isOver: false };
  await lives.run(life, work).catch(() => undefined);
  if (life.isOver) while (await isAtWork(app)) await setTimeout(5);
  return life.isOver;
}

async function isAtWork(app: TestApp): Promise<boolean> {
  const [row] = await app.database.query<{ busy: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
       AND backend_type = 'client backend' AND state <> 'idle') AS busy`,
  );
  return row!.busy;
}

function refused(args: readonly unknown[]): unknown {
  const callback = args.at(-1);
  if (typeof callback === 'function') return void process.nextTick(callback, new Killed());
  return Promise.reject(new Killed());
}
