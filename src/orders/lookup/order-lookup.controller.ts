import { Body, Controller, HttpCode } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { attempts, RateLimit } from '../../common/rate-limit/rate-limit.decorator.js';
import { Public } from '../../common/security/access.decorators.js';
import { OrderNotFoundError } from '../orders.errors.js';
import { LookUpOrderDto, OrderLookupResponseDto } from './order-lookup.dto.js';
import { OrderLookupService } from './order-lookup.service.js';

/** Guesses of one address; those at one number are counted apart. */
const LOOKUP_POLICY = attempts('order-lookup', 10, 60);

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
