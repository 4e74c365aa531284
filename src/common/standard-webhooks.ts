import { createHmac, timingSafeEqual } from 'node:crypto';

/** The three headers of a webhook. Source: Standard Webhooks 1.0.0. */
export interface WebhookHeaders {
  readonly 'webhook-id': string;
  /** Seconds since 1970. */
  readonly 'webhook-timestamp': string;
  /** One or more signatures, separated by blanks. */
  readonly 'webhook-signature': string;
}

const VERSION = 'v1,';

/**
 * Signs a webhook: HMAC-SHA-256 over id, time and body.
 *
 * @param secrets The bytes behind `whsec_`; several while one takes the place of another.
 */
export function signWebhook(
  secrets: Buffer | readonly Buffer[],
  id: string,
  sentAt: Date,
  body: Buffer | string,
): WebhookHeaders {
  const timestamp = String(Math.floor(sentAt.getTime() / 1000));
  const signatures = [secrets]
    .flat()
    .map((secret) => VERSION + signatureOf(secret, id, timestamp, body).toString('base64'));
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}

/**
 * Why a webhook is not to be believed, in words for the log; null when it is signed with the secret and its time is within the tolerance,
 * either way. Compares in constant time.
 */
export function distrustOf(
  secret: Buffer,
  headers: Readonly<Record<string, string | undefined>>,
  body: Buffer | string,
  now: Date,
  toleranceSeconds: number,
): string | null {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers;
  if (!id || !timestamp || !signatures) return 'a header is missing';
  if (!/^\d{1,12}$/.test(timestamp)) return 'the time is not in seconds';
  const expected = signatureOf(secret, id, timestamp, body);
  const isSigned = signatures
    .split(' ')
    .filter((signature) => signature.startsWith(VERSION))
    .map((signature) => Buffer.from(signature.slice(VERSION.length), 'base64'))
    .some((signature) => signature.length === expected.length && timingSafeEqual(signature, expected));
  if (!isSigned) return 'the signature is another one';
  if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > toleranceSeconds) return 'the time is out of tolerance';
  return null;
}

function signatureOf(secret: Buffer, id: string, timestamp: string, body: Buffer | string): Buffer {
  return createHmac('sha256', secret).update(`${id}.${timestamp}.`).update(body).digest();
}
