import { PickType } from '@nestjs/swagger';
import { IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import { OF_RESOURCE } from '../../../common/http/resource.dto.js';
import { PageOf } from '../../../common/pagination/page.dto.js';
import { IsNotBlank, MergePatchOf } from '../../../common/validation/decorators.js';
import { CustomerGroup } from '../entities/customer-group.entity.js';

/** What a group may be called by other systems and in filters. */
export const GROUP_CODE = /^[a-z][a-z0-9_-]{0,63}$/;

export class CreateCustomerGroupDto {
  /**
   * By which other systems and filters name it; unique.
   * @example "wholesale"
   */
  @IsString()
  @Matches(GROUP_CODE, { message: 'must be lower case letters, digits, - and _, beginning with a letter' })
  code: string;

  /** @example "Wholesale customers" */
  @IsString()
  @IsNotBlank()
  @MaxLength(200)
  name: string;

  /** @example "Buys by the pallet; prices without tax" */
  @IsOptional()
  @IsString()
  @MaxLength(2000)
  description?: string | null;
}

/** A JSON Merge Patch: members that are absent stay, null removes what may be absent. */
export class UpdateCustomerGroupDto extends MergePatchOf(CreateCustomerGroupDto) {}

/** A set of customers that prices or promotions can be made for. */
export class CustomerGroupResponseDto extends PickType(CustomerGroup, [
  ...OF_RESOURCE,
  'code',
  'name',
  'description',
  'memberCount',
] as const) {}

/** A user in a group. */
export class CustomerGroupMemberResponseDto {
  /** @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f" */
  userId: string;

  /** @example "ada@example.com" */
  email: string;

  /** @example "Ada Lovelace" */
  name: string | null;

  /** @example "2026-01-15T09:30:00.000Z" */
  addedAt: Date;
}

/** One page of customer groups. */
export class CustomerGroupPageDto extends PageOf(CustomerGroupResponseDto) {}

/** One page of the members of a group. */
export class CustomerGroupMemberPageDto extends PageOf(CustomerGroupMemberResponseDto) {}
