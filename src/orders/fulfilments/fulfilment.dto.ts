import { ApiProperty, ApiPropertyOptional, IntersectionType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsUrl,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { OF_RESOURCE, ResourceResponse, shown } from '../../common/http/resource.dto.js';
import { CommaSeparated, PageOf, PageQueryDto } from '../../common/pagination/page.dto.js';
import {
  IsId,
  IsLine,
  IsNotBlank,
  MayBeAbsent,
  MayBeRemoved,
  MergePatchOf,
} from '../../common/validation/decorators.js';
import { FULFILMENT_STATES, type FulfilmentState } from './fulfilment.entity.js';
import { FULFILMENT_SORTS, type FulfilmentSort, type FulfilmentWithLines } from './fulfilments.repository.js';

/** Pieces of a line that are to be shipped. */
export class FulfilmentLineDto {
  /** @example "01970c1e-6f11-7a2b-9c3d-4e5f6a7b8c9d" */
  @IsId()
  lineId: string;

  /**
   * Pieces.
   * @example 1
   */
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  quantity: number;
}

export class CreateFulfilmentDto {
  /** What is to be shipped; all that is left, unless given. */
  @MayBeAbsent()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(200)
  @ArrayUnique((line: FulfilmentLineDto | null) => line?.lineId)
  @ValidateNested({ each: true })
  @Type(() => FulfilmentLineDto)
  lines?: FulfilmentLineDto[];

  /**
   * Where it leaves from. Without it there is one fulfilment for each location at which the pieces lie.
   * @example "01970000-0000-7000-8000-000000000001"
   */
  @MayBeAbsent()
  @IsId()
  locationId?: string;
}

/** By whom a fulfilment goes, and how it is followed. */
export class ShipFulfilmentDto {
  /**
   * Who carries it.
   * @example "DHL"
   */
  @MayBeRemoved()
  @IsLine(100)
  @IsNotBlank()
  carrier?: string;

  /**
   * By which the carrier knows it.
   * @example "00340434161094042557"
   */
  @MayBeRemoved()
  @IsLine(100)
  @IsNotBlank()
  trackingNumber?: string;

  /**
   * Where the customer sees how far it is.
   * @example "https://track.example/00340434161094042557"
   */
  @MayBeRemoved()
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, disallow_auth: true })
  @MaxLength(2000)
  trackingUrl?: string;
}

/** A JSON Merge Patch of how a fulfilment is followed. */
export class TrackFulfilmentDto extends MergePatchOf(ShipFulfilmentDto) {}

export class ListFulfilmentsDto extends PageQueryDto {
  /**
   * One status, or several separated by commas.
   * @example "pending"
   */
  @MayBeAbsent()
  @CommaSeparated()
  @ArrayMaxSize(FULFILMENT_STATES.length)
  @IsIn(FULFILMENT_STATES, { each: true })
  @ApiProperty({ type: String, required: false })
  status?: FulfilmentState[];

  /**
   * Id or code of a location.
   * @example "main"
   */
  @MayBeAbsent()
  @IsLine(100)
  @IsNotBlank()
  location?: string;

  /**
   * Newest first, unless `createdAt` asks for the oldest.
   * @example "createdAt"
   */
  @MayBeAbsent()
  @IsIn(FULFILMENT_SORTS)
  @ApiPropertyOptional({ enum: FULFILMENT_SORTS })
  sort: FulfilmentSort = '-createdAt';
}

/** Pieces of a line of the order. */
export class FulfilmentLineResponseDto {
  /** @example "01970c1e-6f11-7a2b-9c3d-4e5f6a7b8c9d" */
  lineId: string;

  /** @example "MUG-BLUE" */
  sku: string;

  /** @example "Mug, blue" */
  name: string;

  /**
   * Pieces.
   * @example 1
   */
  quantity: number;
}

/** A fulfilment as the customer sees it. */
export class FulfilmentResponseDto extends ResourceResponse {
  /** @example "01970c1e-6f10-7c3a-8a55-5f3c6f1d2b4a" */
  orderId: string;

  /**
   * Where it is.
   * @example "shipped"
   */
  @ApiProperty({ enum: FULFILMENT_STATES })
  status: FulfilmentState;

  /** What is in it. */
  lines: FulfilmentLineResponseDto[];

  /**
   * Who carries it.
   * @example "DHL"
   */
  @ApiProperty({ type: String, nullable: true })
  carrier: string | null;

  /**
   * By which the carrier knows it.
   * @example "00340434161094042557"
   */
  @ApiProperty({ type: String, nullable: true })
  trackingNumber: string | null;

  /**
   * Where to see how far it is.
   * @example "https://track.example/00340434161094042557"
   */
  @ApiProperty({ type: String, nullable: true })
  trackingUrl: string | null;

  /** @example "2026-03-02T15:10:00.000Z" */
  @ApiProperty({ type: Date, nullable: true })
  shippedAt: Date | null;

  /** @example "2026-03-04T12:40:00.000Z" */
  @ApiProperty({ type: Date, nullable: true })
  deliveredAt: Date | null;
}

/** What only staff see of a fulfilment. */
class FulfilmentStaffPart {
  /**
   * Number of its order.
   * @example "1001"
   */
  orderNumber: string;

  /**
   * Where it leaves from.
   * @example "01970000-0000-7000-8000-000000000001"
   */
  locationId: string;
}

/** A fulfilment as staff see it. */
export class FulfilmentStaffResponseDto extends IntersectionType(FulfilmentResponseDto, FulfilmentStaffPart) {}

/** A fulfilment that was made, and those that were made with it. */
export class CreatedFulfilmentResponseDto extends FulfilmentStaffResponseDto {
  /** Where the pieces lie at several locations: the fulfilments of the other ones. */
  others: FulfilmentStaffResponseDto[];
}

/** The fulfilments of an order. */
export class FulfilmentListResponseDto {
  data: FulfilmentResponseDto[];

  /** Always null: an order has few. */
  @ApiProperty({ type: String, nullable: true })
  nextCursor: null;
}

/** The fulfilments of an order as staff see them. */
export class FulfilmentStaffListResponseDto {
  data: FulfilmentStaffResponseDto[];

  /** Always null: an order has few. */
  @ApiProperty({ type: String, nullable: true })
  nextCursor: null;
}

/** One page of fulfilments as staff see them. */
export class FulfilmentStaffPageDto extends PageOf(FulfilmentStaffResponseDto) {}

const SHOWN = [
  ...OF_RESOURCE,
  'orderId',
  'status',
  'carrier',
  'trackingNumber',
  'trackingUrl',
  'shippedAt',
  'deliveredAt',
] as const;

export const toFulfilmentResponse = (fulfilment: FulfilmentWithLines): FulfilmentResponseDto => ({
  ...shown(fulfilment, SHOWN),
  lines: fulfilment.lines.map(({ orderLineId: lineId, sku, name, quantity }) => ({ lineId, sku, name, quantity })),
});

export const toFulfilmentStaffResponse = (fulfilment: FulfilmentWithLines): FulfilmentStaffResponseDto => ({
  ...toFulfilmentResponse(fulfilment),
  ...shown(fulfilment, ['orderNumber', 'locationId']),
});
