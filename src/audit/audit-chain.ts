import { Injectable } from '@nestjs/common';
import { Secrets } from '../common/secrets.js';
import type { AuditRecord, Json } from './entities/audit-record.entity.js';
import { isList } from './plain-values.js';

export const CHAIN_FLAWS = ['hash', 'link', 'gap', 'tail'] as const;

/**
 * What is wrong with a chain.
 *
 * `hash`: the entry is not what was recorded. `link`: the entry was recorded, but not after the one that stands before it. `gap`: the entry
 * is missing. `tail`: the chain does not end where it was last written; the entry is the first that is missing or too many.
 */
export type ChainFlaw = (typeof CHAIN_FLAWS)[number];

export interface ChainProblem {
  readonly sequence: number;
  readonly reason: ChainFlaw;
}

/** What came of a walk along the chain. */
export interface ChainVerification {
  readonly isValid: boolean;
  /** Entries found to be as they were recorded. */
  readonly checked: number;
  readonly from: number;
  /** The last entry that was looked at; below `from` when there is none. */
  readonly to: number;
  /** Where to go on, when there was more than one call checks and nothing was wrong so far. */
  readonly nextFrom: number | null;
  readonly head: { readonly sequence: number; readonly hash: Buffer };
  readonly firstProblem: ChainProblem | null;
}

/** What the first entry follows. */
export const FIRST_PREVIOUS_HASH = Buffer.alloc(32);

/** What an entry's hash covers. */
export type HashedRecord = Omit<AuditRecord, 'hash'>;

/**
 * Makes the hashes that chain the audit log: HMAC-SHA-256 under a key that the database never sees.
 *
 * See docs/decisions/0009-audit-log.md.
 */
@Injectable()
export class AuditChain {
  constructor(private readonly secrets: Secrets) {}

  /** Covers the hash of the entry before and every column, each exactly as PostgreSQL gives it back. */
  hashOf(record: HashedRecord): Buffer {
    return this.secrets.sign(
      'audit-chain',
      canonicalJson([
        'entry',
        record.previousHash.toString('hex'),
        record.sequence,
        record.id,
        record.at.toISOString(),
        record.action,
        record.actorKind,
        record.actorId,
        record.impersonatorId,
        record.targetType,
        record.targetId,
        record.before,
        record.after,
        record.address,
        record.userAgent,
        record.requestId,
      ]),
    );
  }

  /** Proves that the chain once ended at this entry, so that nobody without the key can move its end. */
  sealOf(sequence: number, hash: Buffer): Buffer {
    return this.secrets.sign('audit-chain', canonicalJson(['head', sequence, hash.toString('hex')]));
  }

  isSealed(sequence: number, hash: Buffer, seal: Buffer): boolean {
    return this.sealOf(sequence, hash).equals(seal);
  }
}

/** One text for each JSON value: members in the order of their names, because `jsonb` keeps an order of its own. */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name]!)}`).join(',')}}`;
}
