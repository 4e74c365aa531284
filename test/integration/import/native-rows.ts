/** A product in Storehouse's own format; the smallest valid one unless told otherwise. */
export function nativeRow(slug: string, overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return { slug, name: `Name of ${slug}`, variants: [nativeVariant(slug.toUpperCase())], ...overrides };
}

export function nativeVariant(sku: string, overrides: Record<string, unknown> = {}): Record<string, unknown> {
  return { sku, prices: [{ amount: 1999, currency: 'EUR' }], onHand: 5, ...overrides };
}
