import type { Logger } from 'pino';
import { callerIds, type Principal } from '../security/principal.js';

/** What the log says of a finished request, beside its path. */
export interface RequestFacts {
  readonly requestId: string;
  readonly method: string;
  readonly status: number;
  readonly ms: number;
  readonly principal?: Principal;
  /** Network address, behind the proxies that are trusted. */
  readonly address: string;
}

/**
 * Writes one line per finished request: what was asked, what came of it, how long it took and who asked.
 *
 * The path goes without its query, which may hold personal data. Health checks, which come every few seconds, are of interest only
 * when debugging.
 *
 * @param facts Asked only when the line is written.
 */
export function logRequest(log: Logger, url: string, facts: () => RequestFacts): void {
  if (!log.isLevelEnabled('info')) return;
  const path = url.split('?', 1)[0]!;
  const level = path.startsWith('/health/') ? 'debug' : 'info';
  if (!log.isLevelEnabled(level)) return;
  const { requestId, method, status, ms, principal, address } = facts();
  log[level](
    { requestId, method, path, status, ms: Math.round(ms * 10) / 10, ...callerIds(principal), address },
    'request',
  );
}
