import { AsyncLocalStorage } from 'node:async_hooks';
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
