import { ResourceResponse } from '../../common/http/resource.dto.js';
import { PageOf } from '../../common/pagination/page.dto.js';
import type { UserStatus } from '../entities/user.entity.js';
import type { UserDetails } from '../users.repository.js';

/** An account as its owner sees it. */
export class UserResponseDto extends ResourceResponse {
  /**
   * The e-mail address as it was typed.
   * @example "Ada@example.com"
   */
  email: string;

  /**
   * How the user wants to be called.
   * @example "Ada Lovelace"
   */
  name: string | null;

  /**
   * Telephone number in the form of E.164.
   * @example "+442079460958"
   */
  phone: string | null;

  /**
   * Language for mail, as a BCP 47 tag; null leaves it to the shop.
   * @example "en-GB"
   */
  locale: string | null;

  /**
   * `erased` is final: nothing of the person is left.
   * @example "active"
   */
  status: UserStatus;

  /**
   * Names of the roles the user holds.
   * @example ["customer"]
   */
  roles: string[];

  /**
   * When the address was proven; null while it is not.
   * @example null
   */
  emailVerifiedAt: Date | null;
}

/** An account as staff see it. */
export class UserStaffResponseDto extends UserResponseDto {
  /**
   * Codes of the customer groups the user is in.
   * @example ["wholesale"]
   */
  groups: string[];
}

/** One page of users. */
export class UserPageDto extends PageOf(UserStaffResponseDto) {}

export function toUserResponse(user: UserDetails): UserResponseDto {
  const { id, email, name, phone, locale, status, roles, emailVerifiedAt, createdAt, updatedAt, version } = user;
  return { id, email, name, phone, locale, status, roles, emailVerifiedAt, createdAt, updatedAt, version };
}

export function toUserStaffResponse(user: UserDetails): UserStaffResponseDto {
  return { ...toUserResponse(user), groups: user.groups };
}
