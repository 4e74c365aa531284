import { Injectable } from '@nestjs/common';
import { Cursors } from '../common/pagination/cursor.js';
import type { Page } from '../common/pagination/page.dto.js';
import { type AuditFilter, AuditListRepository } from './audit-list.repository.js';
import type { AuditRecord } from './entities/audit-record.entity.js';

/** A page of the audit log to read. */
export interface AuditPageRequest extends AuditFilter {
  readonly limit: number;
  readonly cursor?: string;
  readonly count?: 'exact';
}

/** What staff read of the audit log. */
@Injectable()
export class AuditService {
  constructor(
    private readonly lists: AuditListRepository,
    private readonly cursors: Cursors,
  ) {}

  /** One page of entries, newest first. @throws InvalidRequestError for a cursor that was not made for this list. */
  async findAll({ limit, cursor, count, ...request }: AuditPageRequest): Promise<Page<AuditRecord>> {
    const { actor, action, targetType, targetId, at } = request;
    const filter = { actor, action, targetType, targetId, at };
    const context = `audit-log ${JSON.stringify(filter)}`;
    const position = cursor === undefined ? null : (this.cursors.decode(context, cursor) as [string, number]);
    const after = position && { at: position[0], sequence: position[1] };
    const rows = await this.lists.find(filter, after, limit + 1);
    const data = rows.slice(0, limit);
    const last = data.at(-1);
    const hasMore = rows.length > limit && last !== undefined;
    return {
      data,
      nextCursor: hasMore ? this.cursors.encode(context, [last.at.toISOString(), last.sequence]) : null,
      ...(count === 'exact' ? { total: await this.lists.count(filter) } : {}),
    };
  }
}
