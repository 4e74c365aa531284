import { ArrayMaxSize, ArrayNotEmpty, IsIn, IsOptional } from 'class-validator';
import { ResourceResponse } from '../../../common/http/resource.dto.js';
import { CommaSeparated, PageOf, PageQueryDto } from '../../../common/pagination/page.dto.js';
import { IsEmailAddress } from '../../../common/validation/email-address.js';
import { IsPersonName } from '../../../common/validation/person-name.js';
import { AreRoleNames } from '../../roles/dto/role.dto.js';
import { type Invite, INVITE_STATUSES, type InviteStatus } from '../entities/invite.entity.js';

/** Whom to invite, and to what. */
export class CreateInviteDto {
  /**
   * Where the invite goes; an open one to the same address is withdrawn.
   * @example "grace@example.com"
   */
  @IsEmailAddress()
  email: string;

  /**
   * Names of the roles that accepting it gives; you must hold everything they allow, then as well as now.
   * @example ["support"]
   */
  @AreRoleNames()
  @ArrayNotEmpty()
  roles: string[];

  /**
   * How to address them.
   * @example "Grace Hopper"
   */
  @IsOptional()
  @IsPersonName()
  name?: string | null;
}

/** Which invites to list. */
export class ListInvitesDto extends PageQueryDto {
  /**
   * Invites in one of these states.
   * @example "pending"
   */
  @IsOptional()
  @CommaSeparated()
  @ArrayMaxSize(INVITE_STATUSES.length)
  @IsIn(INVITE_STATUSES, { each: true })
  status?: InviteStatus[];
}

/** An invite to join the staff. Its token is in the mail and nowhere else. */
export class InviteResponseDto extends ResourceResponse {
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
  acceptedAt: Date | null;

  /** @example null */
  revokedAt: Date | null;

  /** @example "2026-01-18T09:30:00.000Z" */
  expiresAt: Date;
}

/** One page of invites, newest first. */
export class InvitePageDto extends PageOf(InviteResponseDto) {}

export function toInviteResponse(invite: Invite): InviteResponseDto {
  const { id, email, name, roles, status, preparedUserId, invitedBy, acceptedBy } = invite;
  const { acceptedAt, revokedAt, expiresAt, createdAt, updatedAt, version } = invite;
  return {
    ...{ id, email, name, roles, status, preparedUserId, invitedBy, acceptedBy },
    ...{ acceptedAt, revokedAt, expiresAt, createdAt, updatedAt, version },
  };
}
