import type { Baskets, Invoice } from './invoices.js';

/** What orders have beside lines and a payment. */
export const FEATURES = ['shipping', 'tax', 'promotions', 'parcels', 'returns'] as const;
export type Feature = (typeof FEATURES)[number];

/** Minor units, and parts of a whole. */
type Share = readonly [part: bigint, whole: bigint];

/** Where the orders go, and what all taxes there come to: one rate, two of which the second is on the first as well, and none. */
export const COUNTRIES = [
  { code: 'FO', postalCode: '100', rates: ['0.25'], tax: [25n, 100n] },
  { code: 'GL', postalCode: '3900', rates: ['0.05', '0.1'], tax: [155n, 1_000n] },
  { code: 'AX', postalCode: '22100', rates: [], tax: [0n, 1n] },
] as const satisfies readonly { code: string; postalCode: string; rates: readonly string[]; tax: Share }[];

/** `post` costs nothing from an amount on, `express` always does. */
export const METHODS = { post: { price: 495, freeFrom: 5_000 }, express: { price: 995, freeFrom: null } } as const;

/** By itself from an amount on; and a second one by code, which takes its part of what is left, and all of shipping. */
export const PROMOTIONS = { automatic: { percent: 10, from: 2_000 }, byCode: { percent: 5 } } as const;

/** The operations of fulfilments and returns take so many lines. */
const MOST_LINES = 200;
/** Pieces of one line that may be sent back at once. */
const MOST_PIECES = 10_000;

/** What happens to an invoice. It follows from its number. */
export interface Plan {
  readonly country: (typeof COUNTRIES)[number];
  readonly method: keyof typeof METHODS | null;
  readonly hasCode: boolean;
  /** Pieces by stock code, for each parcel. */
  readonly parcels: readonly ReadonlyMap<string, number>[];
  /** Pieces by stock code that are sent back. */
  readonly returned: ReadonlyMap<string, { readonly sellable: number; readonly damaged: number }>;
}

export function planOf({ number, pieces }: Invoice, features: ReadonlySet<Feature>): Plan {
  let chance = [...number].reduce((hash, letter) => Math.imul(hash, 31) + letter.charCodeAt(0), 17);
  const pick = (choices: number): number => {
    chance = Math.imul(chance ^ (chance >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
    return ((chance ^ (chance >>> 13)) >>> 0) % choices;
  };
  const country = COUNTRIES[pick(COUNTRIES.length)]!;
  const method = pick(2) === 0 ? 'post' : 'express';
  const hasCode = pick(3) === 0;
  const share = pick(3);
  const isReturned = pick(2) === 0;
  const lines = [...pieces].slice(0, MOST_LINES);
  const first = new Map(lines.map(([code, quantity]) => [code, Math.ceil(quantity / 2)]));
  const second = new Map(lines.flatMap(([code, quantity]) => (quantity > 1 ? [[code, Math.floor(quantity / 2)]] : [])));
  const parcels = share === 0 || !features.has('parcels') ? [] : share === 1 ? [first] : [first, second];
  const back = lines.map(([code]) => {
    const count = Math.min(Math.ceil(first.get(code)! / 2), MOST_PIECES);
    return [code, { sellable: Math.ceil(count / 2), damaged: Math.floor(count / 2) }] as const;
  });
  return {
    country,
    method: features.has('shipping') ? method : null,
    hasCode: hasCode && features.has('promotions'),
    parcels: parcels.filter(({ size }) => size > 0),
    returned: new Map(isReturned && parcels.length > 0 && features.has('returns') ? back : []),
  };
}

/** Minor units: what an order comes to. */
export interface Expectation {
  readonly subtotal: number;
  readonly discount: number;
  readonly shipping: number;
  readonly tax: number;
  readonly total: number;
  /** What goes back for what is sent back. */
  readonly refund: number;
}

/**
 * What an invoice comes to, worked out without any code of the shop: by the prices of the file, the rules above, and the way of rounding that
 * the shop promises. Each discount and all taxes of a line are rounded once, half up; of a line that does not divide by its pieces, the first
 * ones bear a unit more.
 */
export function expect(
  { pieces }: Invoice,
  { prices }: Baskets,
  plan: Plan,
  features: ReadonlySet<Feature>,
  pricesIncludeTax: boolean,
): Expectation {
  const lines = [...pieces].map(([code, quantity]) => {
    const gross = BigInt(quantity) * BigInt(prices.get(code)!);
    return { code, quantity: BigInt(quantity), gross, left: gross };
  });
  const subtotal = sum(lines.map(({ gross }) => gross));
  const takeOff = (percent: number): void => {
    for (const line of lines) line.left -= rounded(line.left, [BigInt(percent), 100n]);
  };
  const { automatic, byCode } = PROMOTIONS;
  if (features.has('promotions') && subtotal >= BigInt(automatic.from)) takeOff(automatic.percent);
  if (plan.hasCode) takeOff(byCode.percent);
  const goods = sum(lines.map(({ left }) => left));
  const method = plan.method && METHODS[plan.method];
  const isFree = !method || plan.hasCode || (method.freeFrom !== null && goods >= BigInt(method.freeFrom));
  const shipping = isFree ? 0n : BigInt(method.price);
  const [part, whole] = features.has('tax') ? plan.country.tax : ([0n, 1n] as const);
  const taxOn = (amount: bigint): bigint =>
    pricesIncludeTax ? amount - rounded(amount, [whole, whole + part]) : rounded(amount, [part, whole]);
  const taxed = lines.map(({ left, ...line }) => ({ ...line, left, tax: taxOn(left) }));
  const totals = new Map(taxed.map(({ code, left, tax }) => [code, pricesIncludeTax ? left : left + tax]));
  const shippingTax = taxOn(shipping);
  const refund = [...plan.returned].map(([code, { sellable, damaged }]) => {
    const [total, ordered, back] = [totals.get(code)!, BigInt(pieces.get(code)!), BigInt(sellable + damaged)];
    const larger = total % ordered;
    return (total / ordered) * back + (back < larger ? back : larger);
  });
  return {
    subtotal: Number(subtotal),
    discount: Number(subtotal - goods),
    shipping: Number(shipping),
    tax: Number(sum(taxed.map(({ tax }) => tax)) + shippingTax),
    total: Number(sum([...totals.values()]) + shipping + (pricesIncludeTax ? 0n : shippingTax)),
    refund: Number(sum(refund)),
  };
}

/** Half up. */
function rounded(amount: bigint, [part, whole]: Share): bigint {
  return (2n * amount * part + whole) / (2n * whole);
}

function sum(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}
