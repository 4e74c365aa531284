import { Injectable } from '@nestjs/common';
import { AuditLog } from '../../audit/audit-log.js';
import { Outbox } from '../../jobs/outbox.js';
import type { Role } from '../entities/role.entity.js';
import { AccessChanges } from './access-changes.service.js';
import { RoleEvent } from './events/role.event.js';

/** What of a role is put on record. */
type RoleFacts = Pick<Role, 'description' | 'scopes'>;

/** Says what happened to a role: to the audit log, as an event, and to those who remember what its holders may do. */
@Injectable()
export class RoleRecord {
  constructor(
    private readonly outbox: Outbox,
    private readonly audit: AuditLog,
    private readonly access: AccessChanges,
  ) {}

  async created(role: Role): Promise<void> {
    await this.outbox.add(new RoleEvent('role.created', role, role.version));
    await this.audit.record({ action: 'role.created', target: targetOf(role), after: factsOf(role) });
  }

  async changed(before: Role, after: RoleFacts): Promise<void> {
    this.access.announce();
    await this.outbox.add(new RoleEvent('role.changed', before, before.version + 1));
    await this.audit.record({
      action: 'role.changed',
      target: targetOf(before),
      before: factsOf(before),
      after: factsOf(after),
    });
  }

  async removed(role: Role): Promise<void> {
    await this.outbox.add(new RoleEvent('role.removed', role, role.version + 1));
    await this.audit.record({ action: 'role.removed', target: targetOf(role), before: factsOf(role) });
  }
}

function targetOf({ name }: Role): { type: string; id: string } {
  return { type: 'role', id: name };
}

function factsOf({ description, scopes }: RoleFacts): Record<string, unknown> {
  return { description, scopes };
}
