import { IntersectionType, PickType } from '@nestjs/swagger';
import { IsBoolean, IsString, MaxLength } from 'class-validator';
import { OF_RESOURCE, ResourceResponse, shown } from '../../common/http/resource.dto.js';
import { PageOf } from '../../common/pagination/page.dto.js';
import { HasDefault, IsNotBlank, MergePatchOf } from '../../common/validation/decorators.js';
import { OrderNote } from './order-note.entity.js';

export class CreateOrderNoteDto {
  /**
   * What is to be remembered.
   * @example "Please ring twice; the bell is faint."
   */
  @IsString()
  @MaxLength(4000)
  @IsNotBlank()
  text: string;

  /**
   * Whether the customer reads it too; only staff do unless said.
   * @example true
   */
  @HasDefault()
  @IsBoolean()
  isForCustomer?: boolean;
}

/** A JSON Merge Patch of a note. */
export class UpdateOrderNoteDto extends MergePatchOf(CreateOrderNoteDto) {}

const SHOWN = ['text', 'isForCustomer'] as const;
const SHOWN_TO_STAFF = [...SHOWN, 'orderId', 'authorId'] as const;

/** A note as the customer reads it. */
export class OrderNoteResponseDto extends IntersectionType(ResourceResponse, PickType(OrderNote, SHOWN)) {}

/** A note as staff read it. */
export class OrderNoteStaffResponseDto extends IntersectionType(
  ResourceResponse,
  PickType(OrderNote, SHOWN_TO_STAFF),
) {}

/** One page of notes. */
export class OrderNotePageDto extends PageOf(OrderNoteResponseDto) {}

/** One page of notes as staff read them. */
export class OrderNoteStaffPageDto extends PageOf(OrderNoteStaffResponseDto) {}

export const toOrderNoteResponse = (note: OrderNote): OrderNoteResponseDto => shown(note, [...OF_RESOURCE, ...SHOWN]);

export const toOrderNoteStaffResponse = (note: OrderNote): OrderNoteStaffResponseDto =>
  shown(note, [...OF_RESOURCE, ...SHOWN_TO_STAFF]);
