import type { Json, JsonObject } from './entities/audit-record.entity.js';

export const REDACTED = '[redacted]';

/** Looks like an e-mail address, or holds one. */
const ADDRESS = /[^\s@]@[^\s@]/;

/**
 * Text as PostgreSQL stores it: no NUL, which it refuses, and no half of a surrogate pair, which it could not give back.
 *
 * @param maxLength UTF-16 units; the rest is cut off.
 */
export function storableText(text: string, maxLength?: number): string {
  return text.slice(0, maxLength).toWellFormed().replaceAll('\0', '\uFFFD');
}

/**
 * What a state or an id may say of a person. Nothing of the log can be erased, so an address that got here by mistake must not get in.
 */
export function withoutAddress(text: string): string {
  return ADDRESS.test(text) ? REDACTED : text;
}

/** A state as `jsonb` keeps it: plain JSON (instants as text, nothing undefined), each text storable and without an e-mail address. */
export function storableState(state: Readonly<Record<string, unknown>>): JsonObject {
  const text = JSON.stringify(state, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  return JSON.parse(text, (_name, value: Json) => {
    if (typeof value === 'string') return cleanText(value);
    if (value === null || typeof value !== 'object' || isList(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [cleanText(name), member]));
  }) as JsonObject;
}

/** `Array.isArray` does not narrow read-only lists. */
export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function cleanText(text: string): string {
  return withoutAddress(storableText(text));
}
