import type { EmailChangeState } from '../email-change.service.js';

/** Where a change of address stands. */
export class EmailChangeResponseDto {
  /**
   * `pending` until both addresses have confirmed, then `changed`.
   * @example "pending"
   */
  status: EmailChangeState;
}
