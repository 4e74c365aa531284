import type { Page } from '../../../common/pagination/page.dto.js';
import type { InviteStatus } from '../invite-status.js';
import type { InviteDetails } from '../invites.repository.js';

/** An invite to join the staff. Its token is in the mail and nowhere else. */
export class InviteResponseDto {
  /** @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f" */
  id: string;

  /**
   * Where it went.
   * @example "grace@example.com"
   */
  email: string;

  /**
   * How they are addressed.
   * @example "Grace Hopper"
   */
  name: string | null;

  /**
   * Names of the roles that accepting it gives.
   * @example ["support"]
   */
  roles: string[];

  /**
   * `revoked` also when a newer invite to the same address has replaced it.
   * @example "pending"
   */
  status: InviteStatus;

  /**
   * The account that was made for the address, if it waits for its first password.
   * @example null
   */
  preparedUserId: string | null;

  /**
   * The user who answers for it; null when they are gone.
   * @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e90"
   */
  invitedBy: string | null;

  /**
   * The user who accepted it.
   * @example null
   */
  acceptedBy: string | null;

  /** @example null */
  acceptedAt: string | null;

  /** @example null */
  revokedAt: string | null;

  /** @example "2026-01-18T09:30:00.000Z" */
  expiresAt: string;

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

/** One page of invites, newest first. */
export class InvitePageDto {
  data: InviteResponseDto[];

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

export function toInviteResponse(invite: InviteDetails): InviteResponseDto {
  return {
    id: invite.id,
    email: invite.email,
    name: invite.name,
    roles: invite.roles,
    status: invite.status,
    preparedUserId: invite.preparedUserId,
    invitedBy: invite.invitedBy,
    acceptedBy: invite.acceptedBy,
    acceptedAt: invite.acceptedAt?.toISOString() ?? null,
    revokedAt: invite.revokedAt?.toISOString() ?? null,
    expiresAt: invite.expiresAt.toISOString(),
    createdAt: invite.createdAt.toISOString(),
    updatedAt: invite.updatedAt.toISOString(),
    version: invite.version,
  };
}

export function toInvitePage(page: Page<InviteDetails>): InvitePageDto {
  return { ...page, data: page.data.map(toInviteResponse) };
}
