import { ApiProperty } from '@nestjs/swagger';
import type { OrderHistoryEntry } from '../entities/order-history-entry.entity.js';
import { ORDER_STATUSES, type ActorKind, type OrderStatus } from '../order-status.js';

export class OrderHistoryEntryResponseDto {
  /**
   * The order's version after the change.
   * @example 2
   */
  version: number;

  /**
   * What happened.
   * @example "order.confirmed"
   */
  type: string;

  /**
   * Where the order was before; null when it was placed.
   * @example "pending_payment"
   */
  @ApiProperty({ enum: ORDER_STATUSES, nullable: true })
  fromStatus: OrderStatus | null;

  /**
   * Where the order was afterwards.
   * @example "confirmed"
   */
  @ApiProperty({ enum: ORDER_STATUSES })
  toStatus: OrderStatus;

  /**
   * Who did it.
   * @example "provider"
   */
  @ApiProperty({ enum: ['customer', 'staff', 'provider', 'system'] })
  actorKind: ActorKind;

  /**
   * Why, if somebody said so. Why staff held an order is for staff only.
   * @example "Ordered by mistake"
   */
  @ApiProperty({ type: String, nullable: true })
  reason: string | null;

  /** @example "2026-03-01T10:00:01.000Z" */
  occurredAt: string;
}

/** Everything that has happened to an order, on one page. */
export class OrderHistoryResponseDto {
  /** Oldest first. */
  data: OrderHistoryEntryResponseDto[];

  /**
   * Always null: a history has one page.
   * @example null
   */
  @ApiProperty({ type: String, nullable: true })
  nextCursor: null;
}

/** Who among the staff it was is not for everyone's eyes, so ids are left out; nor is why they held it, which may be a suspicion. */
export function toOrderHistoryResponse(
  entries: readonly OrderHistoryEntry[],
  isStaff: boolean,
): OrderHistoryResponseDto {
  return {
    data: entries.map(({ version, type, fromStatus, toStatus, actorKind, reason, occurredAt }) => ({
      version,
      type,
      fromStatus,
      toStatus,
      actorKind,
      reason: isStaff || type !== 'order.held' ? reason : null,
      occurredAt: occurredAt.toISOString(),
    })),
    nextCursor: null,
  };
}
