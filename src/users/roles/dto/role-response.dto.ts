import type { Page } from '../../../common/pagination/page.dto.js';
import type { Role } from '../../entities/role.entity.js';
import { inOrder } from '../scope-ceiling.js';

/** A named set of scopes. */
export class RoleResponseDto {
  /** @example "night-shift" */
  name: string;

  /**
   * What the role is for.
   * @example "Answers customers at night"
   */
  description: string | null;

  /**
   * What its holders may do; `*` is everything.
   * @example ["orders:read"]
   */
  scopes: string[];

  /**
   * Comes with the product and cannot be changed or removed.
   * @example false
   */
  isBuiltIn: boolean;

  /** @example "2026-01-15T09:30:00.000Z" */
  createdAt: string;

  /** @example "2026-01-15T09:30:00.000Z" */
  updatedAt: string;

  /**
   * Rises with every change; the entity tag for `If-Match` begins with it.
   * @example 1
   */
  version: number;
}

/** One page of roles. */
export class RolePageDto {
  data: RoleResponseDto[];

  /**
   * Pass as `cursor` for the next page; null on the last one.
   * @example null
   */
  nextCursor: string | null;

  /**
   * Rows of all pages together; only with `count=exact`.
   * @example 6
   */
  total?: number;
}

export function toRoleResponse(role: Role): RoleResponseDto {
  return {
    name: role.name,
    description: role.description,
    scopes: inOrder(role.scopes),
    isBuiltIn: role.isBuiltIn,
    createdAt: role.createdAt.toISOString(),
    updatedAt: role.updatedAt.toISOString(),
    version: role.version,
  };
}

export function toRolePage(page: Page<Role>): RolePageDto {
  return { ...page, data: page.data.map(toRoleResponse) };
}
