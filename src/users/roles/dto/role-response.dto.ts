import { OmitType } from '@nestjs/swagger';
import { ResourceResponse } from '../../../common/http/resource.dto.js';
import { PageOf } from '../../../common/pagination/page.dto.js';
import type { Role } from '../../entities/role.entity.js';
import { inOrder } from '../scope-ceiling.js';

/** A named set of scopes. */
export class RoleResponseDto extends OmitType(ResourceResponse, ['id']) {
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
}

/** One page of roles. */
export class RolePageDto extends PageOf(RoleResponseDto) {}

export function toRoleResponse(role: Role): RoleResponseDto {
  const { name, description, scopes, isBuiltIn, createdAt, updatedAt, version } = role;
  return { name, description, scopes: inOrder(scopes), isBuiltIn, createdAt, updatedAt, version };
}
