import { PickType } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayNotEmpty, IsIn, IsOptional } from 'class-validator';
import { OF_RESOURCE, shown } from '../../../common/http/resource.dto.js';
import { CommaSeparated, PageOf, PageQueryDto } from '../../../common/pagination/page.dto.js';
import { IsEmailAddress } from '../../../common/validation/email-address.js';
import { IsPersonName } from '../../../common/validation/decorators.js';
import { AreRoleNames } from '../../roles/dto/role.dto.js';
import { Invite, INVITE_STATUSES, type InviteStatus } from '../entities/invite.entity.js';

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

const SHOWN = [
  ...OF_RESOURCE,
  ...(['email', 'name', 'roles', 'status', 'preparedUserId', 'invitedBy', 'acceptedBy'] as const),
  ...(['acceptedAt', 'revokedAt', 'expiresAt'] as const),
] as const;

/** An invite to join the staff. Its token is in the mail and nowhere else. */
export class InviteResponseDto extends PickType(Invite, SHOWN) {}

/** One page of invites, newest first. */
export class InvitePageDto extends PageOf(InviteResponseDto) {}

export const toInviteResponse = (invite: Invite): InviteResponseDto => shown(invite, SHOWN);
