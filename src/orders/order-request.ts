import { normalisedAddress, type PostalAddress } from '../common/address/postal-address.js';
import { InvalidRequestError } from '../common/errors/request.errors.js';
import { languagesOf } from '../common/http/content-negotiation.js';
import { DEFAULT_CURRENCY } from '../common/money/money.js';
import type { Principal } from '../common/security/principal.js';
import { spokenLocale } from '../mail/locales/choose-locale.js';
import type { CartWithLines } from './carts/carts.repository.js';
import type { PlaceOrderDto } from './dto/place-order.dto.js';
import type { OrderRequest } from './order-placing.service.js';
import { canonicalCode } from './promotions/promotion-rules.js';

/**
 * What is ordered: the members of the request, or those of the cart where the request is silent.
 *
 * @throws InvalidRequestError when a guest gives no e-mail address, or an address is not one of its country.
 */
export function toOrderRequest(
  dto: PlaceOrderDto,
  caller: Principal,
  acceptLanguage: string | undefined,
  cart?: CartWithLines,
): OrderRequest {
  const customer = caller.kind === 'user' ? caller : null;
  const email = dto.email ?? cart?.email ?? customer?.email;
  if (email === undefined) {
    throw InvalidRequestError.of('/email', 'required', 'is required without signing in: the confirmation goes there');
  }
  const addressOf = (member: 'shippingAddress' | 'billingAddress'): PostalAddress | null => {
    const given = dto[member];
    return given ? normalisedAddress(given, `/${member}`) : (cart?.[member] ?? null);
  };
  return {
    lines: cart?.lines ?? dto.lines!,
    customerId: cart?.customerId ?? customer?.id ?? null,
    email,
    currency: cart?.currency ?? dto.currency ?? DEFAULT_CURRENCY,
    language: dto.language ?? cart?.language ?? spokenLocale(languagesOf(acceptLanguage))?.tag,
    shippingAddress: addressOf('shippingAddress'),
    billingAddress: addressOf('billingAddress'),
    shippingMethod: dto.shippingMethod ?? cart?.shippingMethodId,
    promotionCodes: (dto.promotionCodes ?? cart?.promotionCodes)?.map(canonicalCode),
    mustCodesApply: dto.promotionCodes !== undefined,
    note: dto.note,
    cartId: cart?.id,
    expectedTotal: dto.expectedTotal,
  };
}
