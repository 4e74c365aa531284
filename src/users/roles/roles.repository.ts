import { Injectable } from '@nestjs/common';
import { FOREIGN_KEY_VIOLATION, violatedConstraint } from '../../database/postgres-errors.js';
import { TransactionRunner } from '../../database/transaction-runner.js';
import type { Role } from '../entities/role.entity.js';
import { RoleInUseError, RoleNameTakenError } from './roles.errors.js';

/** A role to insert. */
export type NewRole = Pick<Role, 'id' | 'name' | 'description' | 'scopes'>;

/** What a role allows. */
export type RoleScopes = Pick<Role, 'name' | 'scopes'>;

const COLUMNS = `id, name, description, scopes, is_built_in AS "isBuiltIn", version, created_at AS "createdAt",
  updated_at AS "updatedAt"`;

/** Roles that make their holder an administrator. */
const ADMIN_ROLES = `SELECT r.name FROM roles r WHERE '*' = ANY (r.scopes)`;

/** Every query of roles and of who holds them. */
@Injectable()
export class RolesRepository {
  constructor(private readonly transactions: TransactionRunner) {}

  async find(name: string): Promise<Role | null> {
    const [role] = await this.transactions.query<Role>(`SELECT ${COLUMNS} FROM roles WHERE name = $1`, [name]);
    return role ?? null;
  }

  /** Reads the role under lock, so that changes of it follow each other. */
  async lockRole(name: string): Promise<Role | null> {
    const [role] = await this.transactions.query<Role>(
      `SELECT ${COLUMNS} FROM roles WHERE name = $1 FOR NO KEY UPDATE`,
      [name],
    );
    return role ?? null;
  }

  /** One page by name. */
  findPage(after: string | null, limit: number): Promise<Role[]> {
    return this.transactions.query<Role>(
      `SELECT ${COLUMNS} FROM roles WHERE $1::text IS NULL OR name > $1 ORDER BY name LIMIT $2`,
      [after, limit],
    );
  }

  async count(): Promise<number> {
    const [row] = await this.transactions.query<{ total: number }>(`SELECT count(*)::int AS total FROM roles`);
    return row!.total;
  }

  /** @throws RoleNameTakenError, also when the role is made at the same moment. */
  async insert({ id, name, description, scopes }: NewRole): Promise<void> {
    try {
      await this.transactions.execute(`INSERT INTO roles (id, name, description, scopes) VALUES ($1, $2, $3, $4)`, [
        id,
        name,
        description,
        scopes,
      ]);
    } catch (error) {
      if (violatedConstraint(error) === 'roles_pkey') throw new RoleNameTakenError(name);
      throw error;
    }
  }

  /** Saves description and scopes as a new version. */
  async update({ name, description, scopes }: Omit<NewRole, 'id'>): Promise<void> {
    await this.transactions.execute(
      `UPDATE roles SET description = $2, scopes = $3, version = version + 1, updated_at = now() WHERE name = $1`,
      [name, description, scopes],
    );
  }

  /** @throws RoleInUseError when somebody holds it, also when it is handed out at the same moment. */
  async delete(name: string): Promise<void> {
    try {
      await this.transactions.execute(`DELETE FROM roles WHERE name = $1`, [name]);
    } catch (error) {
      if (violatedConstraint(error, FOREIGN_KEY_VIOLATION)) throw new RoleInUseError(name);
      throw error;
    }
  }

  /** The roles of these names that exist, kept from being removed until the transaction ends. */
  keepRoles(names: readonly string[]): Promise<RoleScopes[]> {
    return this.transactions.query<RoleScopes>(
      `SELECT name, scopes FROM roles WHERE name = ANY ($1::text[]) ORDER BY name FOR KEY SHARE`,
      [names],
    );
  }

  /** Everything a user's roles allow, whether or not the account is active. */
  async findScopesOf(userId: string): Promise<string[]> {
    const rows = await this.transactions.query<{ scope: string }>(
      `SELECT DISTINCT scope FROM user_roles ur JOIN roles r ON r.name = ur.role_name, unnest(r.scopes) AS scope
       WHERE ur.user_id = $1`,
      [userId],
    );
    return rows.map(({ scope }) => scope);
  }

  /** Everything a user's roles allow; nothing unless the account is active. */
  async findActiveScopesOf(userId: string): Promise<string[]> {
    const rows = await this.transactions.query<{ scope: string }>(
      `SELECT DISTINCT scope FROM users u JOIN user_roles ur ON ur.user_id = u.id JOIN roles r ON r.name = ur.role_name,
         unnest(r.scopes) AS scope
       WHERE u.id = $1 AND u.status = 'active'`,
      [userId],
    );
    return rows.map(({ scope }) => scope);
  }

  /** Makes whoever else changes this user wait until the transaction ends. */
  async lockUser(id: string): Promise<void> {
    await this.transactions.query(`SELECT id FROM users WHERE id = $1 FOR NO KEY UPDATE`, [id]);
  }

  /** True when the user is active and an administrator. */
  async isActiveAdmin(id: string): Promise<boolean> {
    const rows = await this.transactions.query(
      `SELECT 1 FROM users u JOIN user_roles ur ON ur.user_id = u.id
       WHERE u.id = $1 AND u.status = 'active' AND ur.role_name IN (${ADMIN_ROLES}) LIMIT 1`,
      [id],
    );
    return rows.length > 0;
  }

  /** True when somebody else is active and an administrator. */
  async hasOtherAdmin(id: string): Promise<boolean> {
    const rows = await this.transactions.query(
      `SELECT 1 FROM users u JOIN user_roles ur ON ur.user_id = u.id
       WHERE u.id <> $1 AND u.status = 'active' AND ur.role_name IN (${ADMIN_ROLES}) LIMIT 1`,
      [id],
    );
    return rows.length > 0;
  }
}
