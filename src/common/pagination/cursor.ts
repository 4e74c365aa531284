import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { InvalidRequestError } from '../errors/request.errors.js';
import { Secrets } from '../secrets.js';

/** The sort key and id of the last row of a page: where the next page starts. */
export type CursorPosition = readonly (string | number | null)[];

const SIGNATURE_BYTES = 16;
/** Cursors that are remembered: of the pages that many read, the next one is asked for again and again. */
const MOST_REMEMBERED = 1_000;
const LONGEST_REMEMBERED = 1_000;

/**
 * Makes and reads the opaque cursors of keyset pages.
 *
 * A cursor is authenticated together with its context (the list, its filters, its order and, where rows are private, the reader), so a
 * made-up one, one of another list or one of another reader is refused.
 */
@Injectable()
export class Cursors {
  private readonly made = new LRUCache<string, string>({ max: MOST_REMEMBERED });

  constructor(private readonly secrets: Secrets) {}

  encode(context: string, position: CursorPosition): string {
    const payload = JSON.stringify(position);
    const signed = `${context}\n${payload}`;
    let cursor = this.made.get(signed);
    if (cursor === undefined) {
      const signature = this.secrets.sign('cursor', signed, SIGNATURE_BYTES);
      cursor = Buffer.concat([signature, Buffer.from(payload)]).toString('base64url');
      if (signed.length <= LONGEST_REMEMBERED) this.made.set(signed, cursor);
    }
    return cursor;
  }

  /** @throws InvalidRequestError (400, `?cursor`) for anything that `encode` did not make for this context. */
  decode(context: string, cursor: string): CursorPosition {
    const bytes = Buffer.from(cursor, 'base64url');
    const signature = bytes.subarray(0, SIGNATURE_BYTES);
    const payload = bytes.subarray(SIGNATURE_BYTES).toString('utf8');
    if (signature.length < SIGNATURE_BYTES || !this.secrets.verify('cursor', `${context}\n${payload}`, signature)) {
      throw InvalidRequestError.of(
        '?cursor',
        'cursor',
        'is not a cursor of this list with these filters and this order',
      );
    }
    return JSON.parse(payload) as CursorPosition;
  }
}
