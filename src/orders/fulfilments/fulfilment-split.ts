import type { HeldStock } from '../../products/inventory/inventory.service.js';

/** Pieces of a line that are to be shipped. */
export interface WantedLine {
  readonly lineId: string;
  /** Null for what holds no stock, and can leave from anywhere. */
  readonly variantId: string | null;
  readonly quantity: number;
}

/** What leaves one location, by line. */
export interface Parcel {
  readonly locationId: string;
  readonly lines: { readonly lineId: string; readonly quantity: number }[];
}

/**
 * Splits lines over the locations at which their stock is held: the one that holds most of the pieces gives first, so that there are few
 * parcels. What holds no stock goes with the first of them.
 *
 * @param free What is held and in no parcel yet. @param elsewhere Where a parcel of nothing but lines without stock leaves from.
 * @returns the parcels, and the pieces of lines that are held nowhere; none when all was split.
 */
export function splitByLocation(
  lines: readonly WantedLine[],
  free: readonly HeldStock[],
  elsewhere: string,
): { parcels: Parcel[]; missing: ReadonlyMap<string, number> } {
  const left = new Map(lines.map(({ lineId, quantity }) => [lineId, quantity]));
  const stock = new Map<string, Map<string, number>>();
  for (const { locationId, variantId, quantity } of free) {
    if (quantity <= 0) continue;
    const there = stock.get(locationId) ?? new Map<string, number>();
    stock.set(locationId, there.set(variantId, quantity));
  }
  const parcels: Parcel[] = [];
  while (stock.size > 0) {
    const offers = [...stock].map(([locationId, held]) => ({ locationId, lines: offer(lines, left, held) }));
    const best = offers.reduce((most, other) => (pieces(other) > pieces(most) ? other : most));
    stock.delete(best.locationId);
    if (best.lines.length === 0) break;
    for (const { lineId, quantity } of best.lines) left.set(lineId, left.get(lineId)! - quantity);
    parcels.push(best);
  }
  const unstocked = lines.filter(({ variantId }) => variantId === null);
  if (unstocked.length > 0) {
    if (parcels.length === 0) parcels.push({ locationId: elsewhere, lines: [] });
    for (const { lineId, quantity } of unstocked) {
      parcels[0]!.lines.push({ lineId, quantity });
      left.delete(lineId);
    }
  }
  return { parcels, missing: new Map([...left].filter(([, quantity]) => quantity > 0)) };
}

/** What one location can give of what is left; lines that share a variant share its stock. */
function offer(
  lines: readonly WantedLine[],
  left: ReadonlyMap<string, number>,
  held: ReadonlyMap<string, number>,
): Parcel['lines'] {
  const remaining = new Map(held);
  return lines.flatMap(({ lineId, variantId }) => {
    const there = variantId === null ? 0 : (remaining.get(variantId) ?? 0);
    const quantity = Math.min(there, left.get(lineId)!);
    if (quantity === 0) return [];
    remaining.set(variantId!, there - quantity);
    return [{ lineId, quantity }];
  });
}

const pieces = ({ lines }: Parcel): number => lines.reduce((sum, { quantity }) => sum + quantity, 0);
