import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { MOST_FILTERS, TYPE_FILTER } from './stream-events.dto.js';

export const MESSAGE_TYPES = ['authenticate', 'subscribe', 'unsubscribe'] as const;

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}';
/** What a socket can listen to. */
const CHANNEL = new RegExp(`^(events|orders|operations|order:${UUID}|stock:${UUID})$`);

class SocketMessageDto {
  @IsIn(MESSAGE_TYPES)
  type: (typeof MESSAGE_TYPES)[number];

  /** Comes back in the answer. */
  @IsOptional()
  @IsString()
  @MaxLength(64)
  id?: string;
}

/** Says who the socket belongs to, or shows a newer token of the same caller. */
export class AuthenticateMessageDto extends SocketMessageDto {
  @IsString()
  @IsNotEmpty()
  @MaxLength(5_000)
  token: string;
}

export class UnsubscribeMessageDto extends SocketMessageDto {
  @Matches(CHANNEL, { message: 'must be events, orders, operations, order:{id} or stock:{variantId}' })
  channel: string;
}

export class SubscribeMessageDto extends UnsubscribeMessageDto {
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(MOST_FILTERS)
  @MaxLength(64, { each: true })
  @Matches(TYPE_FILTER, { each: true, message: 'must be types of events such as order.placed or order.*' })
  types?: string[];

  /** Sequence of the last event that is known. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  after?: number;

  /** Opens the order of a guest. */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  orderToken?: string;
}
