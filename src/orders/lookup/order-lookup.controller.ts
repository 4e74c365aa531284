import { Body, Controller, HttpCode } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Matches, MaxLength } from 'class-validator';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { attempts, RateLimit } from '../../common/rate-limit/rate-limit.decorator.js';
import { Public } from '../../common/security/access.decorators.js';
import { IsEmailAddress } from '../../common/validation/email-address.js';
import { OrderNotFoundError } from '../orders.errors.js';
import { OrderLookupService } from './order-lookup.service.js';

/** Guesses of one address; those at one number are counted apart. */
const LOOKUP_POLICY = attempts('order-lookup', 10, 60);

export class LookUpOrderDto {
  /**
   * As it stands in the mail about the order.
   * @example "1001"
   */
  @MaxLength(30)
  @Matches(/^(?:[A-Z](?:[A-Z0-9-]{0,10}[A-Z-])?)?\d{1,18}$/i, { message: 'must be an order number' })
  number: string;

  /**
   * To which the mail about the order went.
   * @example "ada@example.com"
   */
  @IsEmailAddress()
  email: string;
}

/** What opens a guest's order. */
export class OrderLookupResponseDto {
  /** @example "01970c1e-6f10-7c3a-8a55-5f3c6f1d2b4a" */
  orderId: string;

  /**
   * Sent back as `X-Order-Token`, it opens the order.
   * @example "sho_Q2hlY2sgb3V0IHRoaXMgdG9rZW4sIGl0IGlzIG5vdCByZWFs"
   */
  orderToken: string;
}

@ApiTags('orders')
@Controller('orders')
export class OrderLookupController {
  constructor(private readonly lookup: OrderLookupService) {}

  /**
   * Opens a guest's order by number and e-mail.
   *
   * Whichever of the two is wrong, the answer is the same 404. An order of an account is opened by signing in.
   */
  @Post('lookup')
  @HttpCode(200)
  @Public({ credentials: 'ignored' })
  @RateLimit(LOOKUP_POLICY)
  @ApiProblems(OrderNotFoundError)
  find(@Body() { number, email }: LookUpOrderDto): Promise<OrderLookupResponseDto> {
    return this.lookup.find(number, email);
  }
}
