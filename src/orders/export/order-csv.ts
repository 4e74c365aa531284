import type { CsvValue } from '../../operations/csv.js';
import type { OrderWithLines } from '../orders.repository.js';

const ADDRESS = ['name', 'company', 'line1', 'line2', 'city', 'region', 'postalCode', 'countryCode'] as const;

/** What each column of the table says of an order; amounts are minor units. */
const COLUMNS: Readonly<Record<string, (order: OrderWithLines) => CsvValue>> = {
  id: ({ id }) => id,
  number: ({ number }) => number,
  status: ({ status }) => status,
  paymentStatus: ({ paymentStatus }) => paymentStatus,
  fulfilmentStatus: ({ fulfilmentStatus }) => fulfilmentStatus,
  placedAt: ({ placedAt }) => placedAt.toISOString(),
  confirmedAt: ({ confirmedAt }) => confirmedAt?.toISOString() ?? null,
  customerId: ({ customerId }) => customerId,
  email: ({ email }) => email,
  currency: ({ currency }) => currency,
  subtotal: ({ subtotalAmount }) => subtotalAmount,
  discountTotal: ({ discountTotalAmount }) => discountTotalAmount,
  shippingTotal: ({ shippingTotalAmount }) => shippingTotalAmount,
  taxTotal: ({ taxTotalAmount }) => taxTotalAmount,
  total: ({ totalAmount }) => totalAmount,
  pieces: ({ lines }) => lines.reduce((sum, { quantity }) => sum + quantity, 0),
  lines: ({ lines }) => lines.map(({ quantity, sku }) => `${quantity} x ${sku}`).join('; '),
  ...addressColumns('shipping'),
  ...addressColumns('billing'),
  note: ({ customerNote }) => customerNote,
  cancelReason: ({ cancelReason }) => cancelReason,
  tags: ({ tags }) => tags.join(', '),
  origin: ({ origin }) => origin,
  language: ({ language }) => language,
};

/** The first line of the table. */
export const CSV_HEADINGS: readonly string[] = Object.keys(COLUMNS);

/** An order as a line of the table. */
export const toCsvRow = (order: OrderWithLines): CsvValue[] => Object.values(COLUMNS).map((valueOf) => valueOf(order));

function addressColumns(kind: 'shipping' | 'billing'): Record<string, (order: OrderWithLines) => CsvValue> {
  return Object.fromEntries(
    ADDRESS.map((member) => [
      `${kind}${member[0]!.toUpperCase()}${member.slice(1)}`,
      (order: OrderWithLines) => order[`${kind}Address`]?.[member] ?? null,
    ]),
  );
}
