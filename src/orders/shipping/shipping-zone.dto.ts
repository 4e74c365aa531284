import { PickType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsISO31661Alpha2,
  IsString,
  Matches,
  MaxLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { OF_RESOURCE } from '../../common/http/resource.dto.js';
import { PageOf } from '../../common/pagination/page.dto.js';
import { IsLine, IsNotBlank, MayBeAbsent, MergePatchOf } from '../../common/validation/decorators.js';
import { ShippingZone } from './entities/shipping-zone.entity.js';
import { ANYWHERE } from './zone-areas.js';

export class ZoneAreaDto {
  /**
   * ISO 3166-1 alpha-2 code, or `*` for every country that no other zone names.
   * @example "DE"
   */
  @ValidateIf(({ countryCode }: ZoneAreaDto) => countryCode !== ANYWHERE)
  @IsISO31661Alpha2()
  countryCode: string;

  /**
   * Only these regions of it, by code of ISO 3166-2 or by name; all of them unless given.
   * @example ["BY", "BW"]
   */
  @MayBeAbsent()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(200)
  @IsNotBlank({ each: true })
  @MaxLength(200, { each: true })
  regions?: string[];

  /**
   * Only postal codes that begin with one of these; all of them unless given.
   * @example ["80", "81"]
   */
  @MayBeAbsent()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(2000)
  @Matches(/^[a-z0-9][a-z0-9 -]{0,9}$/i, { each: true, message: 'must be the beginning of a postal code' })
  postalCodePrefixes?: string[];
}

export class CreateShippingZoneDto {
  /** @example "Germany, the south" */
  @IsString()
  @IsNotBlank()
  @IsLine(200)
  name: string;

  /** What it is made of. Of several zones that an address lies in, the one counts whose area says most about it. */
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(300)
  @ValidateNested({ each: true })
  @Type(() => ZoneAreaDto)
  areas: ZoneAreaDto[];
}

/** A JSON Merge Patch: members that are absent stay; areas are replaced as a whole. */
export class UpdateShippingZoneDto extends MergePatchOf(CreateShippingZoneDto) {}

/** Where shipping methods go to. */
export class ShippingZoneResponseDto extends PickType(ShippingZone, [...OF_RESOURCE, 'name'] as const) {
  areas: ZoneAreaDto[];
}

/** One page of shipping zones. */
export class ShippingZonePageDto extends PageOf(ShippingZoneResponseDto) {}
