import { Injectable, Logger } from '@nestjs/common';
import { InvalidRequestError } from '../common/errors/request.errors.js';
import {
  AuditChain,
  type ChainFlaw,
  type ChainProblem,
  type ChainVerification,
  FIRST_PREVIOUS_HASH,
} from './audit-chain.js';
import { AuditRepository, type ChainHead } from './audit.repository.js';
import type { AuditRecord } from './entities/audit-record.entity.js';

export interface ChainSpan {
  /** Place of the first entry; 1 unless given. */
  readonly from?: number;
  /** Place of the last entry; the end of the chain unless given. */
  readonly to?: number;
}

/** Entries that are held in memory at a time, and hashed without letting others have their turn. */
const BATCH = 100;
/** Entries that one call checks: some seconds of work. */
export const MAX_CHECKED = 100_000;

/** Proves that the audit log holds what was recorded, all of it and in that order. */
@Injectable()
export class AuditVerification {
  private readonly logger = new Logger(AuditVerification.name);

  constructor(
    private readonly records: AuditRepository,
    private readonly chain: AuditChain,
  ) {}

  /**
   * Walks the chain and computes each hash anew, up to 100,000 entries; `nextFrom` says where to go on. The end of the chain is checked in
   * any case. Changes nothing and may run beside traffic.
   *
   * @param limit Entries to check at most.
   * @throws InvalidRequestError when the span ends before it begins.
   */
  async verify(span: ChainSpan = {}, limit = MAX_CHECKED): Promise<ChainVerification> {
    const { from = 1 } = span;
    if (span.to !== undefined && span.to < from) throw InvalidRequestError.of('?to', 'min', 'must not be below from');
    const head = await this.records.findHead();
    const last = Math.min(span.to ?? Number.MAX_SAFE_INTEGER, head?.sequence ?? 0);
    const to = Math.min(last, from + limit - 1);
    const walk = await this.walk(from, to);
    const firstProblem = walk.problem ?? (await this.endProblem(head));
    if (firstProblem) this.report(firstProblem);
    return {
      isValid: firstProblem === null,
      checked: walk.checked,
      from,
      to,
      nextFrom: firstProblem === null && to < last ? to + 1 : null,
      head: { sequence: head?.sequence ?? 0, hash: head?.hash ?? FIRST_PREVIOUS_HASH },
      firstProblem,
    };
  }

  /** Walks the whole chain, however long it takes. */
  async verifyAll(): Promise<ChainVerification> {
    let part = await this.verify();
    let { checked } = part;
    while (part.nextFrom !== null) {
      part = await this.verify({ from: part.nextFrom });
      checked += part.checked;
    }
    return { ...part, from: 1, checked };
  }

  private async walk(from: number, to: number): Promise<{ checked: number; problem: ChainProblem | null }> {
    const anchor = from === 1 || from > to ? FIRST_PREVIOUS_HASH : await this.records.findHash(from - 1);
    if (!anchor) return { checked: 0, problem: { sequence: from - 1, reason: 'gap' } };
    let previous = anchor;
    let next = from;
    const found = (problem: ChainProblem | null) => ({ checked: next - from, problem });
    while (next <= to) {
      const batch = await this.records.findBetween(next, to, BATCH);
      for (const record of batch) {
        const reason = this.flawOf(record, next, previous);
        if (reason) return found({ sequence: next, reason });
        previous = record.hash;
        next++;
      }
      if (batch.length === 0) {
        const reason = (await this.records.hasAfter(to)) ? 'gap' : 'tail';
        return found({ sequence: next, reason });
      }
    }
    return found(null);
  }

  private flawOf(record: AuditRecord, expected: number, previous: Buffer): ChainFlaw | null {
    if (record.sequence !== expected) return 'gap';
    if (!this.chain.hashOf(record).equals(record.hash)) return 'hash';
    return record.previousHash.equals(previous) ? null : 'link';
  }

  private report({ sequence, reason }: ChainProblem): void {
    this.logger.error(`The audit log is not what was recorded: ${reason} at entry ${sequence}`);
  }

  /** The end is where the last writer left it: it has its seal, the entry there is the one it names, and none follows. */
  private async endProblem(head: ChainHead | null): Promise<ChainProblem | null> {
    if (!head) return { sequence: 1, reason: 'tail' };
    const { sequence, hash, seal } = head;
    if (sequence > 0) {
      const isSealed = seal !== null && this.chain.isSealed(sequence, hash, seal);
      if (!isSealed || !(await this.records.findHash(sequence))?.equals(hash)) return { sequence, reason: 'tail' };
    }
    const beyond = await this.records.findBeyondHead();
    return beyond === null ? null : { sequence: beyond, reason: 'tail' };
  }
}
