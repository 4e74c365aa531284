import type { DomainEvent } from '../../../jobs/domain-event.js';
import type { Role } from '../../entities/role.entity.js';

export type RoleChange = 'role.created' | 'role.changed' | 'role.removed';

/** Something that happened to a role; one per version of it. */
export class RoleEvent implements DomainEvent {
  readonly aggregateType = 'role';
  readonly aggregateId: string;
  readonly aggregateVersion: number;
  readonly data: Readonly<Record<string, unknown>>;

  /** @param role As it is afterwards. */
  constructor(
    readonly type: RoleChange,
    { id, name, version }: Pick<Role, 'id' | 'name' | 'version'>,
  ) {
    this.aggregateId = id;
    this.aggregateVersion = version;
    this.data = { roleName: name };
  }
}
