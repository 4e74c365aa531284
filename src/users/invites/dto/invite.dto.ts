import { ArrayMaxSize, ArrayNotEmpty, IsIn, IsOptional } from 'class-validator';
import { CommaSeparated, PageQueryDto } from '../../../common/pagination/page.dto.js';
import { IsEmailAddress } from '../../../common/validation/email-address.js';
import { IsPersonName } from '../../../common/validation/person-name.js';
import { AreRoleNames } from '../../roles/dto/role-name.js';
import { INVITE_STATUSES, type InviteStatus } from '../entities/invite.entity.js';

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
