import { ApiProperty, IntersectionType, OmitType, PickType } from '@nestjs/swagger';
import { PageOf } from '../../../common/pagination/page.dto.js';
import { MOVEMENT_REASONS, type MovementReason } from '../entities/stock.entity.js';

/** What a location holds of a variant. */
export class InventoryLevelResponse {
  /** @example "01970c1e-7f3a-7c55-9d8e-0242ac120002" */
  variantId: string;

  /** @example "01970c1e-7f3a-7c55-9d8e-0242ac120001" */
  productId: string;

  /** @example "FJL-MUG-BLU-S" */
  sku: string;

  /**
   * Name of the product.
   * @example "Fjordlight Enamel Mug"
   */
  name: string;

  /** @example "01970000-0000-7000-8000-000000000001" */
  locationId: string;

  /**
   * Pieces there.
   * @example 42
   */
  onHand: number;

  /**
   * Pieces of these that orders hold.
   * @example 2
   */
  reserved: number;

  /**
   * Pieces that can still be sold.
   * @example 40
   */
  available: number;
}

/** One change of a stock count. */
export class InventoryMovementResponse {
  /** @example "01970c1e-7f3a-7c55-9d8e-0242ac120003" */
  id: string;

  /** @example "01970c1e-7f3a-7c55-9d8e-0242ac120002" */
  variantId: string;

  /** @example "FJL-MUG-BLU-S" */
  sku: string;

  /** @example "01970000-0000-7000-8000-000000000001" */
  locationId: string;

  /**
   * Pieces added; negative when taken away.
   * @example 12
   */
  onHandDelta: number;

  /** @example "received" */
  @ApiProperty({ enum: MOVEMENT_REASONS })
  reason: MovementReason;

  /** @example "Delivery 4711" */
  note: string | null;

  /**
   * Who adjusted; null when an order, an import or a job did.
   * @example "01970c1e-7f3a-7c55-9d8e-0242ac120009"
   */
  actorId: string | null;

  /** @example null */
  orderId: string | null;

  /** @example "2026-01-01T12:00:00.000Z" */
  createdAt: Date;
}

/** An adjustment and where it left the stock. */
export class InventoryAdjustmentResponse extends IntersectionType(
  InventoryMovementResponse,
  PickType(InventoryLevelResponse, ['onHand', 'reserved', 'available']),
) {}

/** A place that holds stock. */
export class LocationResponse {
  /** @example "01970000-0000-7000-8000-000000000001" */
  id: string;

  /** @example "main" */
  code: string;

  /** @example "Main warehouse" */
  name: string;
}

/** One page of stock levels. */
export class InventoryPageResponse extends PageOf(InventoryLevelResponse) {}

/** One page of movements. */
export class InventoryMovementPageResponse extends PageOf(InventoryMovementResponse) {}

/** Every location. */
export class LocationListResponse extends OmitType(PageOf(LocationResponse), ['total']) {}
