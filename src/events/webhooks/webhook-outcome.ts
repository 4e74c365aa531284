import { randomInt } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Pauses between one try and the next: three days in all, as Standard Webhooks recommends. */
const PAUSES_MS = [
  ...[5 * SECOND_MS, 5 * MINUTE_MS, 30 * MINUTE_MS],
  ...[2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR_MS),
];
/** Pauses are up to a fifth shorter or longer, so that what failed together does not come back together. */
const JITTER = 0.2;
/** Nobody is left in peace for longer. */
const LONGEST_PEACE_MS = 24 * HOUR_MS;

/** How often an event is sent before it is given up. */
export const MAX_ATTEMPTS = PAUSES_MS.length + 1;

/** What an answer, or none, means for a delivery. */
export interface WebhookOutcome {
  readonly status: 'succeeded' | 'pending' | 'failed';
  /** When it is tried again; only while it is pending. */
  readonly retryInMs: number | null;
  /** For how long the receiver wants to hear nothing at all. */
  readonly peaceMs: number | null;
  /** The receiver says that it is gone for good. */
  readonly isGone: boolean;
}

/**
 * What comes of a try.
 *
 * @param attempt 1 for the first.
 * @param answer Null when there was none within the time, whatever the reason.
 */
export function outcomeOf(
  answer: { readonly status: number; readonly headers: IncomingHttpHeaders } | null,
  attempt: number,
  now: Date,
): WebhookOutcome {
  const status = answer?.status ?? 0;
  if (status >= 200 && status < 300) return { status: 'succeeded', retryInMs: null, peaceMs: null, isGone: false };
  if (status === 410) return { status: 'failed', retryInMs: null, peaceMs: null, isGone: true };
  const peaceMs = status === 429 || status === 503 ? retryAfter(answer!.headers['retry-after'], now) : null;
  const pauseMs = PAUSES_MS[attempt - 1];
  if (pauseMs === undefined) return { status: 'failed', retryInMs: null, peaceMs, isGone: false };
  return { status: 'pending', retryInMs: Math.max(jittered(pauseMs), peaceMs ?? 0), peaceMs, isGone: false };
}

function jittered(ms: number): number {
  return randomInt(Math.round(ms * (1 - JITTER)), Math.round(ms * (1 + JITTER)) + 1);
}

/** Seconds, or a date (RFC 9110 section 10.2.3); null for anything else. */
function retryAfter(value: string | undefined, now: Date): number | null {
  if (value === undefined) return null;
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * SECOND_MS : Date.parse(value) - now.getTime();
  return ms > 0 ? Math.min(ms, LONGEST_PEACE_MS) : null;
}
