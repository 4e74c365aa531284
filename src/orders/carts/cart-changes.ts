import type { FieldError } from '../../common/errors/domain.error.js';
import { newId } from '../../common/ids.js';
import { DEFAULT_CURRENCY } from '../../common/money/money.js';
import { MAX_LINE_QUANTITY, MAX_LINES } from '../order-limits.js';
import type { RequestedLine } from '../order-totals.js';
import { CartLimitError } from './carts.errors.js';
import type { CartWithLines } from './carts.repository.js';
import { Cart, CartLine } from './entities/cart.entity.js';

/** A variant that a request puts into a cart, and where it says so. */
export interface Addition {
  readonly variantId: string;
  readonly pointer: string;
}

/** An empty cart of a customer, or of a guest who holds its token. */
export function beginCart(holder: { customerId: string } | { tokenHash: Buffer }, expiresAt: Date): CartWithLines {
  const now = new Date();
  return Object.assign(new Cart(), {
    id: newId(),
    version: 1,
    createdAt: now,
    updatedAt: now,
    status: 'active' as const,
    customerId: null,
    tokenHash: null,
    currency: DEFAULT_CURRENCY,
    email: null,
    language: null,
    shippingAddress: null,
    billingAddress: null,
    promotionCodes: [],
    shippingMethodId: null,
    expiresAt,
    lines: [],
    ...holder,
  });
}

/** A copy of what the holder of a cart can change. */
export function changeable(cart: CartWithLines) {
  const { currency, email, language, shippingAddress, billingAddress, promotionCodes, shippingMethodId, lines } = cart;
  return structuredClone({
    currency,
    email,
    language,
    shippingAddress,
    billingAddress,
    promotionCodes,
    shippingMethodId,
    lines,
  });
}

/**
 * Puts lines into a cart; those of one variant become one.
 *
 * @param pointerOf Where a line stands in the request.
 * @throws CartLimitError with every line that is too much.
 */
export function addLines(
  cart: CartWithLines,
  lines: readonly RequestedLine[],
  pointerOf: (index: number) => string,
): Addition[] {
  const byVariant = new Map(cart.lines.map((line) => [line.variantId, line]));
  const errors: FieldError[] = [];
  lines.forEach(({ variantId, quantity }, index) => {
    const line = byVariant.get(variantId);
    const refuse = (member: string, message: string) =>
      errors.push({ pointer: `${pointerOf(index)}/${member}`, code: 'max', message });
    if (!line && cart.lines.length === MAX_LINES) {
      refuse('variantId', `must not be another one: a cart has ${MAX_LINES} lines at most`);
    } else if ((line?.quantity ?? 0) + quantity > MAX_LINE_QUANTITY) {
      refuse(
        'quantity',
        `must not bring the line, which has ${line?.quantity ?? 0}, above ${MAX_LINE_QUANTITY} pieces`,
      );
    } else if (line) {
      line.quantity += quantity;
    } else {
      const added = Object.assign(new CartLine(), { id: newId(), cartId: cart.id, variantId, quantity });
      byVariant.set(variantId, added);
      cart.lines.push(added);
    }
  });
  if (errors.length > 0) throw new CartLimitError(errors);
  return lines.map(({ variantId }, index) => ({ variantId, pointer: pointerOf(index) }));
}
