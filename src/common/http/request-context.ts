import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage } from 'node:http';
import { newId } from '../ids.js';
import type { Principal } from '../security/principal.js';

/** What the rest of a request, however deep, may want to know about it. */
export interface RequestContext {
  readonly requestId: string;
  /** Where an HTTP request comes from; a job comes from nowhere. */
  readonly origin?: RequestOrigin;
}

/** Who sends an HTTP request, from where and with what. */
export interface RequestOrigin {
  /** Network address, behind the proxies that are trusted. */
  readonly address: string;
  readonly userAgent?: string;
  /** Undefined until the authentication guard has found out, and on requests that never reach it. */
  readonly caller: Principal | undefined;
}

const REQUEST_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** The id under which a request is logged and answered: its own `X-Request-Id`, if that is a plain word, or a new one. */
export function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : newId();
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Runs `work` so that everything it starts sees `context`. */
export function runInContext<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

/** The request or job being served, if any. */
export function currentContext(): RequestContext | undefined {
  return storage.getStore();
}

/** The id of the request or job being served, if any; written into events so that a chain of work can be followed. */
export function currentRequestId(): string | undefined {
  return storage.getStore()?.requestId;
}
