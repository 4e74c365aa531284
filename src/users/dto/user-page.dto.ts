import type { Page } from '../../common/pagination/page.dto.js';
import type { UserDetails } from '../users.repository.js';
import { toUserStaffResponse, UserStaffResponseDto } from './user-response.dto.js';

/** One page of users. */
export class UserPageDto {
  data: UserStaffResponseDto[];

  /**
   * Pass as `cursor` for the next page; null on the last one.
   * @example null
   */
  nextCursor: string | null;

  /**
   * Rows of all pages together; only with `count=exact`.
   * @example 42
   */
  total?: number;
}

export function toUserPage(page: Page<UserDetails>): UserPageDto {
  return { ...page, data: page.data.map(toUserStaffResponse) };
}
