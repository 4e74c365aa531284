import type { FieldError } from '../common/errors/domain.error.js';
import { InvalidRequestError } from '../common/errors/request.errors.js';
import type { OrderAddress } from './entities/order.entity.js';

/** Members that are absent stay as they are; null removes one that need not be there. */
export type AddressPatch = { readonly [Member in keyof OrderAddress]?: OrderAddress[Member] | null };

const REQUIRED = ['name', 'line1', 'city', 'countryCode'] as const;

/**
 * Merges a change into an address (RFC 7396).
 *
 * @returns undefined when there is no change, null when the address is removed.
 * @throws InvalidRequestError naming the members that a complete address lacks.
 */
export function patchAddress(
  current: OrderAddress | null,
  patch: AddressPatch | null | undefined,
  pointer: string,
): OrderAddress | null | undefined {
  if (patch === undefined || patch === null) return patch;
  const members = Object.entries({ ...current, ...withoutAbsent(patch) }).filter(([, value]) => value !== null);
  const merged = Object.fromEntries(members) as unknown as OrderAddress;
  const missing = REQUIRED.filter((member) => merged[member] === undefined);
  if (missing.length > 0) throw new InvalidRequestError(missing.map((member) => isMissing(`${pointer}/${member}`)));
  return merged;
}

function withoutAbsent(patch: AddressPatch): AddressPatch {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
}

function isMissing(pointer: string): FieldError {
  return { pointer, code: 'required', message: 'is required' };
}
