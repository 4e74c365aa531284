/** How much of a line, or of shipping, has been given back or is about to be; minor units. */
export interface GivenBack {
  /** Pieces; none of shipping. */
  readonly quantity: number;
  readonly amount: number;
  /** What staff kept of what the pieces came to. */
  readonly withheldAmount: number;
  readonly taxAmount: number;
}

export const NOTHING_GIVEN_BACK: GivenBack = { quantity: 0, amount: 0, withheldAmount: 0, taxAmount: 0 };

/** What a share is taken of: a line, or shipping, as it was charged and as far as it has been given back. */
export interface ShareBase {
  /** Null for shipping. */
  readonly lineId: string | null;
  /** Minor units, tax included. */
  readonly total: number;
  readonly tax: number;
  readonly given: GivenBack;
}

/** A share of a line, or of shipping, that goes back. */
export interface RefundShare {
  readonly base: ShareBase;
  readonly quantity: number;
  readonly amount: number;
  readonly withheldAmount: number;
  /** Of `amount`. */
  readonly taxAmount: number;
}

/** What the first `pieces` of a line come to, when its total is split over all of them by largest remainder (domain.md M4). */
export function shareOf(total: number, quantity: number, pieces: number): number {
  return Math.floor(total / quantity) * pieces + Math.min(pieces, total % quantity);
}

/** The tax in the first `amount` of a total, rounded half up; in all of it, all of the tax. */
export function taxWithin(total: number, tax: number, amount: number): number {
  if (amount >= total) return tax;
  const whole = BigInt(total);
  return Number((2n * BigInt(tax) * BigInt(amount) + whole) / (2n * whole));
}

/** What further pieces of a line come to: what all of them come to by now, less what has been given back of it. */
export function pieceShare(base: ShareBase, ordered: number, pieces: number): RefundShare {
  const { quantity, amount, withheldAmount } = base.given;
  const reached = shareOf(base.total, ordered, quantity + pieces);
  return amountShare(base, Math.max(reached - amount - withheldAmount, 0), pieces);
}

/** A share by amount. Its tax is counted up from the first unit, so that shares that come to the total come to its tax. */
export function amountShare(base: ShareBase, amount: number, quantity = 0, withheldAmount = 0): RefundShare {
  const { amount: before, taxAmount: taxBefore } = base.given;
  const taxAmount = Math.min(Math.max(taxWithin(base.total, base.tax, before + amount) - taxBefore, 0), amount);
  return { base, quantity, amount, withheldAmount, taxAmount };
}

/**
 * Spreads shares over what several payments can give back, one payment after the other.
 *
 * A share that one payment cannot give whole goes on with the next one: its pieces stand with the first part.
 *
 * @param capacities Minor units, 0 or more each.
 * @returns for each payment what it gives; less than the shares come to, where the payments cannot give that.
 */
export function spread(shares: readonly RefundShare[], capacities: readonly number[]): RefundShare[][] {
  const parts: RefundShare[][] = capacities.map(() => []);
  let payment = 0;
  let left = capacities[0] ?? 0;
  for (const share of shares) {
    let open = share.amount;
    let tax = share.taxAmount;
    while (payment < capacities.length) {
      const isFirst = open === share.amount;
      const amount = Math.min(open, left);
      if (amount > 0 || (isFirst && share.amount === 0)) {
        const taxAmount = amount === open ? tax : Math.min(taxWithin(open, tax, amount), amount);
        const { quantity, withheldAmount } = isFirst ? share : { quantity: 0, withheldAmount: 0 };
        parts[payment]!.push({ base: share.base, quantity, amount, withheldAmount, taxAmount });
        open -= amount;
        tax -= taxAmount;
        left -= amount;
      }
      if (open === 0) break;
      payment += 1;
      left = capacities[payment] ?? 0;
    }
  }
  return parts;
}
