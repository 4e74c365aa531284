import type { Page } from '../../../common/pagination/page.dto.js';
import type { GroupDetails, GroupMember } from '../groups.repository.js';

/** A set of customers that prices or promotions can be made for. */
export class CustomerGroupResponseDto {
  /** @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f" */
  id: string;

  /**
   * By which other systems and filters name it.
   * @example "wholesale"
   */
  code: string;

  /** @example "Wholesale customers" */
  name: string;

  /** @example "Buys by the pallet; prices without tax" */
  description: string | null;

  /**
   * How many users are in it.
   * @example 12
   */
  memberCount: number;

  /** @example "2026-01-15T09:30:00.000Z" */
  createdAt: string;

  /** @example "2026-01-15T09:30:00.000Z" */
  updatedAt: string;

  /**
   * Rises with every change of the group itself; the entity tag for `If-Match` begins with it.
   * @example 1
   */
  version: number;
}

/** One page of customer groups. */
export class CustomerGroupPageDto {
  data: CustomerGroupResponseDto[];

  /**
   * Pass as `cursor` for the next page; null on the last one.
   * @example null
   */
  nextCursor: string | null;

  /**
   * Rows of all pages together; only with `count=exact`.
   * @example 3
   */
  total?: number;
}

/** A user in a group. */
export class CustomerGroupMemberResponseDto {
  /** @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f" */
  userId: string;

  /** @example "ada@example.com" */
  email: string;

  /** @example "Ada Lovelace" */
  name: string | null;

  /** @example "2026-01-15T09:30:00.000Z" */
  addedAt: string;
}

/** One page of the members of a group. */
export class CustomerGroupMemberPageDto {
  data: CustomerGroupMemberResponseDto[];

  /**
   * Pass as `cursor` for the next page; null on the last one.
   * @example null
   */
  nextCursor: string | null;

  /**
   * Rows of all pages together; only with `count=exact`.
   * @example 12
   */
  total?: number;
}

export function toGroupResponse(group: GroupDetails): CustomerGroupResponseDto {
  return { ...group, createdAt: group.createdAt.toISOString(), updatedAt: group.updatedAt.toISOString() };
}

export function toGroupPage(page: Page<GroupDetails>): CustomerGroupPageDto {
  return { ...page, data: page.data.map(toGroupResponse) };
}

export function toMemberPage(page: Page<GroupMember>): CustomerGroupMemberPageDto {
  return { ...page, data: page.data.map((member) => ({ ...member, addedAt: member.addedAt.toISOString() })) };
}
