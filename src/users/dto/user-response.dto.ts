import { PickType } from '@nestjs/swagger';
import { OF_RESOURCE, shown } from '../../common/http/resource.dto.js';
import { PageOf } from '../../common/pagination/page.dto.js';
import { User } from '../entities/user.entity.js';
import type { UserDetails } from '../users.repository.js';

const SHOWN = [
  ...OF_RESOURCE,
  ...(['email', 'name', 'phone', 'locale', 'status', 'roles', 'emailVerifiedAt'] as const),
] as const;

/** An account as its owner sees it. */
export class UserResponseDto extends PickType(User, SHOWN) {}

/** An account as staff see it. */
export class UserStaffResponseDto extends PickType(User, [...SHOWN, 'groups'] as const) {}

/** One page of users. */
export class UserPageDto extends PageOf(UserStaffResponseDto) {}

export const toUserResponse = (user: UserDetails): UserResponseDto => shown(user, SHOWN);

export function toUserStaffResponse(user: UserDetails): UserStaffResponseDto {
  return { ...toUserResponse(user), groups: user.groups };
}
