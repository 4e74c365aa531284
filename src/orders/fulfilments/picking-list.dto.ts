import { ApiProperty } from '@nestjs/swagger';
import { AddressDto } from '../../common/address/address.dto.js';
import { FULFILMENT_STATES, type FulfilmentState } from './fulfilment.entity.js';

export class PickingListLocationDto {
  /** @example "01970000-0000-7000-8000-000000000001" */
  id: string;

  /** @example "main" */
  code: string;

  /** @example "Main warehouse" */
  name: string;
}

/** What is taken from the shelf. */
export class PickingListLineDto {
  /** @example "01970c1e-6f11-7a2b-9c3d-4e5f6a7b8c9d" */
  lineId: string;

  /** @example "MUG-BLUE" */
  sku: string;

  /** @example "Mug, blue" */
  name: string;

  /**
   * Pieces.
   * @example 2
   */
  quantity: number;

  /**
   * As the catalogue has it today.
   * @example "4006381333931"
   */
  @ApiProperty({ type: String, nullable: true })
  barcode: string | null;
}

/** What a packer needs of a fulfilment. */
export class PickingListResponseDto {
  /** @example "01970c1e-6f10-7c3a-8a55-5f3c6f1d2b4a" */
  fulfilmentId: string;

  /** @example "1001" */
  orderNumber: string;

  /** @example "pending" */
  @ApiProperty({ enum: FULFILMENT_STATES })
  status: FulfilmentState;

  /** @example "2026-03-02T09:10:00.000Z" */
  createdAt: Date;

  /** Where the pieces lie. */
  location: PickingListLocationDto;

  /** Where they go, once known. */
  @ApiProperty({ type: AddressDto, nullable: true })
  shippingAddress: AddressDto | null;

  /**
   * How they go; null where nobody has chosen.
   * @example "Standard"
   */
  @ApiProperty({ type: String, nullable: true })
  shippingMethod: string | null;

  /**
   * Whether the customer fetches them.
   * @example false
   */
  isPickup: boolean;

  /**
   * What the customer had to say.
   * @example "It is a present: please put no invoice into the parcel."
   */
  @ApiProperty({ type: String, nullable: true })
  note: string | null;

  /** By SKU, as shelves are. */
  lines: PickingListLineDto[];
}
