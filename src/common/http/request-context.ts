import { AsyncLocalStorage } from 'node:async_hooks';

/** What the rest of a request, however deep, may want to know about it. */
export interface RequestContext {
  readonly requestId: string;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Runs `work` so that everything it starts sees `context`. */
export function runInContext<T>(context: RequestContext, work: () => T): T {
  return storage.run(context, work);
}

/** The id of the request or job being served, if any; written into events so that a chain of work can be followed. */
export function currentRequestId(): string | undefined {
  return storage.getStore()?.requestId;
}
