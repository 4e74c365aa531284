import type { DomainEvent } from '../../../jobs/domain-event.js';
import type { Role } from '../../entities/role.entity.js';

/** Something that happened to a role; one per version of it. */
export class RoleEvent implements DomainEvent {
  readonly aggregateType = 'role';
  readonly aggregateId: string;
  readonly aggregateVersion: number;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(
    readonly type: 'role.created' | 'role.changed' | 'role.removed',
    role: Pick<Role, 'id' | 'name'>,
    version: number,
  ) {
    this.aggregateId = role.id;
    this.aggregateVersion = version;
    this.data = { roleName: role.name };
  }
}
