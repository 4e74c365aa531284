import { Injectable } from '@nestjs/common';
import { currentContext, type RequestContext } from '../common/http/request-context.js';
import { newId } from '../common/ids.js';
import type { Page } from '../common/pagination/page.dto.js';
import { TransactionRunner } from '../database/transaction-runner.js';
import { AuditChain } from './audit-chain.js';
import { AuditRepository } from './audit.repository.js';
import type { ListAuditLogDto } from './dto/audit-log.dto.js';
import type { AuditActorKind, AuditRecord, UnchainedRecord } from './entities/audit-record.entity.js';
import { storableState, storableText, withoutAddress } from './plain-values.js';

/** Something that somebody did, or tried to do. */
export interface AuditEntry {
  /** `<subject>.<what happened>`, such as `user.disabled` or `auth.login_failed`. */
  readonly action: string;
  /** What it was done to. */
  readonly target?: { readonly type: string; readonly id: string };
  /** What changed, before and after; never a secret, and never personal data (say that it changed, not what to). */
  readonly before?: Readonly<Record<string, unknown>>;
  readonly after?: Readonly<Record<string, unknown>>;
  /** Who did it, where that is not the caller of the request: `user` once a sign-in has succeeded, `system` for jobs and start-up. */
  readonly actor?: { readonly kind: AuditActorKind; readonly id?: string };
}

/** Actor and target of what a user does to their own account, where the request does not say who they are. */
export const byOwner = (userId: string): Required<Pick<AuditEntry, 'actor' | 'target'>> => ({
  actor: { kind: 'user', id: userId },
  target: { type: 'user', id: userId },
});

const MAX_USER_AGENT = 512;
const MAX_TARGET_ID = 200;

/** The record of who did what, which nobody can change afterwards. See docs/decisions/0009-audit-log.md. */
@Injectable()
export class AuditLog {
  constructor(
    private readonly transactions: TransactionRunner,
    private readonly records: AuditRepository,
    private readonly chain: AuditChain,
  ) {}

  /**
   * Records the entry at the end of the open transaction, with which it commits or not; in one of its own when none is open.
   *
   * Who, where from and request id come from the request. Outside any request (jobs, start-up) it was `system`.
   */
  async record(entry: AuditEntry): Promise<void> {
    const record = unchained(entry, currentContext());
    if (this.transactions.isOpen) this.transactions.beforeCommit(this.append, record);
    else await this.transactions.run(async () => this.transactions.beforeCommit(this.append, record));
  }

  /** One page of entries, newest first. @throws InvalidRequestError for a cursor that was not made for this list. */
  list(query: ListAuditLogDto): Promise<Page<AuditRecord>> {
    return this.records.findPage(query);
  }

  /** Chains what one transaction recorded: two statements, however much that is. One function, so that it is called once. */
  private readonly append = async (entries: readonly UnchainedRecord[]): Promise<void> => {
    const head = await this.records.lockHead();
    let { sequence, hash } = head;
    const records = entries.map((entry): AuditRecord => {
      const record = { ...entry, sequence: ++sequence, at: head.now, previousHash: hash };
      hash = this.chain.hashOf(record);
      return { ...record, hash };
    });
    await this.records.append(records, { sequence, hash, seal: this.chain.sealOf(sequence, hash) });
  };
}

function unchained(entry: AuditEntry, context: RequestContext | undefined): UnchainedRecord {
  const { action, target, before, after } = entry;
  return {
    id: newId(),
    action,
    ...actorOf(entry, context),
    targetType: target ? target.type : null,
    targetId: target ? withoutAddress(storableText(target.id, MAX_TARGET_ID)) : null,
    before: before ? storableState(before) : null,
    after: after ? storableState(after) : null,
    address: context?.origin?.address ?? null,
    userAgent: context?.origin?.userAgent ? storableText(context.origin.userAgent, MAX_USER_AGENT) : null,
    requestId: context?.requestId ?? null,
  };
}

function actorOf(
  { actor }: AuditEntry,
  context: RequestContext | undefined,
): Pick<UnchainedRecord, 'actorKind' | 'actorId' | 'impersonatorId'> {
  const caller = context?.origin?.caller;
  const impersonatorId = caller?.kind === 'user' ? (caller.impersonatorId ?? null) : null;
  // PostgreSQL gives ids back in lower case, and the hash covers what it gives back.
  if (actor) return { actorKind: actor.kind, actorId: actor.id?.toLowerCase() ?? null, impersonatorId };
  if (caller?.kind === 'user') return { actorKind: 'user', actorId: caller.id, impersonatorId };
  if (caller?.kind === 'key') return { actorKind: 'api_key', actorId: caller.id, impersonatorId };
  return { actorKind: context?.origin ? 'anonymous' : 'system', actorId: null, impersonatorId };
}
