import { Matches, MaxLength } from 'class-validator';
import { IsEmailAddress } from '../../common/validation/email-address.js';

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
