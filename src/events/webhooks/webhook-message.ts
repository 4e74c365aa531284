import type { IncomingHttpHeaders } from 'node:http';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { EventResponseDto } from '../dto/event-response.dto.js';

/** A body has fewer bytes, as Standard Webhooks asks for. */
const MAX_BYTES = 20_000;
/** Of an answer that is kept for reading. */
const KEPT_BYTES = 2_048;
const KEPT_HEADERS = 30;
const SECRET_HEADER = /cookie|authorization|authenticat|token|secret|signature|api-?key|session/i;
const MASK = '***';

/** The body of a webhook: the envelope of the event, when it happened under the name that Standard Webhooks gives it, and the resource. */
export class WebhookMessageDto extends EventResponseDto {
  /**
   * When the change was made; the same as `occurredAt`.
   * @example "2026-01-15T09:30:00.000Z"
   */
  timestamp: Date;

  /**
   * With `payload: full`, what the event is about, as `GET` answers staff when it is sent; null when it is gone.
   */
  @ApiPropertyOptional({ type: 'object', additionalProperties: true, nullable: true })
  resource?: object | null;

  /**
   * True when the resource would make the body larger than 20 kB; read it.
   * @example true
   */
  resourceLeftOut?: boolean;
}

/** The bytes that are signed and sent. @param resource Undefined for a thin payload. */
export function messageOf(event: EventResponseDto, resource?: object | null): string {
  const thin = { ...event, timestamp: event.occurredAt };
  if (resource === undefined) return JSON.stringify(thin);
  const full = JSON.stringify({ ...thin, resource });
  return Buffer.byteLength(full) < MAX_BYTES ? full : JSON.stringify({ ...thin, resourceLeftOut: true });
}

/** Headers as they may be shown to staff: what could be a secret is masked. */
export function shownHeaders(headers: IncomingHttpHeaders | Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(headers).slice(0, KEPT_HEADERS);
  return Object.fromEntries(
    entries.map(([name, value]) => [
      storable(name.slice(0, 100)),
      SECRET_HEADER.test(name) ? MASK : storable(String(value).slice(0, 500)),
    ]),
  );
}

/** The beginning of an answer as text. */
export const shownBody = (body: Buffer): string => storable(body.subarray(0, KEPT_BYTES).toString('utf8'));

/** PostgreSQL keeps no NUL. */
const storable = (text: string): string => text.replaceAll('\0', '\uFFFD').toWellFormed();
