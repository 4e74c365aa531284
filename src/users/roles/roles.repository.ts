import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { In, type Repository } from 'typeorm';
import type { Page, PageRequest } from '../../common/pagination/page.dto.js';
import { EVERY_SCOPE } from '../../common/security/scopes.js';
import { Pages } from '../../database/pages.js';
import { FOREIGN_KEY_VIOLATION, onViolation, violatedConstraint } from '../../database/postgres-errors.js';
import { Role, UserRole } from '../entities/role.entity.js';
import { User } from '../entities/user.entity.js';
import { RoleInUseError, RoleNameTakenError } from './roles.errors.js';

/** Roles, and who holds them. */
@Injectable()
export class RolesRepository {
  constructor(
    @InjectRepository(Role) private readonly roles: Repository<Role>,
    @InjectRepository(User) private readonly users: Repository<User>,
    @InjectRepository(UserRole) private readonly userRoles: Repository<UserRole>,
    private readonly pages: Pages,
  ) {}

  find(name: string): Promise<Role | null> {
    return this.roles.findOneBy({ name });
  }

  /** Reads the role under lock, so that changes of it follow each other. */
  lock(name: string): Promise<Role | null> {
    return this.roles.findOne({ where: { name }, lock: { mode: 'for_no_key_update' } });
  }

  /** By name. */
  findPage(request: PageRequest): Promise<Page<Role>> {
    return this.pages.of(this.roles.createQueryBuilder('r'), request, { by: ['r.name'], context: 'roles' });
  }

  /** @throws RoleNameTakenError, also when the role is made at the same moment. */
  async insert(role: Pick<Role, 'id' | 'name' | 'description' | 'scopes'>): Promise<void> {
    await onViolation(this.roles.insert(role), { roles_pkey: () => new RoleNameTakenError(role.name) });
  }

  save(role: Role): Promise<Role> {
    return this.roles.save(role);
  }

  /** @throws RoleInUseError when somebody holds it, also when it is handed out at the same moment. */
  async delete(name: string): Promise<void> {
    try {
      await this.roles.delete({ name });
    } catch (error) {
      if (violatedConstraint(error, FOREIGN_KEY_VIOLATION)) throw new RoleInUseError(name);
      throw error;
    }
  }

  /** The roles of these names that exist, kept from being removed until the transaction ends. */
  keep(names: readonly string[]): Promise<Role[]> {
    return this.roles
      .createQueryBuilder('r')
      .where({ name: In(names) })
      .orderBy('r.name')
      .setLock('for_key_share')
      .getMany();
  }

  /** Everything a user's roles allow, whether or not the account is active. */
  async findScopesOf(userId: string): Promise<string[]> {
    const roles = await this.roles
      .createQueryBuilder('r')
      .innerJoin(UserRole, 'ur', 'ur.roleName = r.name')
      .where('ur.userId = :userId', { userId })
      .getMany();
    return [...new Set(roles.flatMap(({ scopes }) => scopes))];
  }

  /** Everything a user's roles allow; nothing unless the account is active. */
  async findActiveScopesOf(userId: string): Promise<string[]> {
    const isActive = await this.users.existsBy({ id: userId, status: 'active' });
    return isActive ? this.findScopesOf(userId) : [];
  }

  /** Ids of the active users whose roles hold a scope, by name or by `*`; in the order in which they were added. */
  async findActiveHolders(scope: string): Promise<string[]> {
    const rows = await this.userRoles
      .createQueryBuilder('ur')
      .innerJoin(User, 'u', `u.id = ur.userId AND u.status = 'active'`)
      .innerJoin(Role, 'r', 'r.name = ur.roleName AND r.scopes && ARRAY[:scope, :all]', { scope, all: EVERY_SCOPE })
      .select('DISTINCT ur.userId', 'id')
      .orderBy('ur.userId')
      .getRawMany<{ id: string }>();
    return rows.map(({ id }) => id);
  }

  /** Makes whoever else changes this user wait until the transaction ends. */
  async lockUser(id: string): Promise<void> {
    await this.users.findOne({ where: { id }, select: { id: true }, lock: { mode: 'for_no_key_update' } });
  }

  /** True when the user is active and an administrator: holds a role that allows everything. */
  isActiveAdmin(id: string): Promise<boolean> {
    return this.hasActiveAdmin('u.id = :id', id);
  }

  /** True when somebody else is active and an administrator. */
  hasOtherAdmin(id: string): Promise<boolean> {
    return this.hasActiveAdmin('u.id <> :id', id);
  }

  private hasActiveAdmin(who: string, id: string): Promise<boolean> {
    return this.userRoles
      .createQueryBuilder('ur')
      .innerJoin(User, 'u', `u.id = ur.userId AND u.status = 'active'`)
      .innerJoin(Role, 'r', `r.name = ur.roleName AND '*' = ANY (r.scopes)`)
      .where(who, { id })
      .getExists();
  }
}
