import { uuidv7 } from 'uuidv7';

/** A new UUIDv7 (RFC 9562): sortable by creation, made here so that no round trip to the database is needed. */
export function newId(): string {
  return uuidv7();
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** True for text in the form of a UUID of any version. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}
