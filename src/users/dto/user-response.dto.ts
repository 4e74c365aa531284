import type { UserStatus } from '../entities/user.entity.js';
import type { UserDetails } from '../users.repository.js';

/** An account as its owner sees it. */
export class UserResponseDto {
  /** @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f" */
  id: string;

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
  emailVerifiedAt: string | null;

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

/** An account as staff see it. */
export class UserStaffResponseDto extends UserResponseDto {
  /**
   * Codes of the customer groups the user is in.
   * @example ["wholesale"]
   */
  groups: string[];
}

export function toUserResponse(user: UserDetails): UserResponseDto {
  return {
    id: user.id,
    email: user.email,
    name: user.name,
    phone: user.phone,
    locale: user.locale,
    status: user.status,
    roles: user.roles,
    emailVerifiedAt: user.emailVerifiedAt?.toISOString() ?? null,
    createdAt: user.createdAt.toISOString(),
    updatedAt: user.updatedAt.toISOString(),
    version: user.version,
  };
}

export function toUserStaffResponse(user: UserDetails): UserStaffResponseDto {
  return { ...toUserResponse(user), groups: user.groups };
}
