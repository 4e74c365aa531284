import { API_KEY_EVENTS } from '../auth/api-keys/api-key.event.js';
import type { EventType } from '../jobs/event-type.js';
import { ORDER_EVENTS } from '../orders/events/order.event.js';
import { FULFILMENT_EVENTS } from '../orders/fulfilments/fulfilment.event.js';
import { CREDIT_EVENTS } from '../orders/gift-cards/credit.event.js';
import { INVOICE_EVENTS } from '../orders/invoices/invoice.event.js';
import { ORDER_NOTE_EVENTS } from '../orders/notes/order-note.event.js';
import { PAYMENT_EVENTS } from '../orders/payments/events/payment.event.js';
import { PROMOTION_EVENTS } from '../orders/promotions/promotion.event.js';
import { RETURN_EVENTS } from '../orders/returns/return.event.js';
import { SHIPPING_METHOD_EVENTS } from '../orders/shipping/shipping-method.event.js';
import { TAX_RATE_EVENTS } from '../orders/tax/tax-rate.event.js';
import { CATEGORY_EVENTS } from '../products/categories/category.event.js';
import { PRODUCT_EVENTS } from '../products/events/product.event.js';
import { STOCK_EVENTS, VARIANT_EVENTS } from '../products/inventory/events/inventory.event.js';
import { ADDRESS_EVENTS, CONSENT_EVENTS, INVITE_EVENTS, ROLE_EVENTS, USER_EVENTS } from '../users/events/user.event.js';
import { CUSTOMER_GROUP_EVENTS } from '../users/groups/customer-group.event.js';
import { WEBHOOK_ENDPOINT_EVENTS } from './webhooks/webhook-endpoint.event.js';

/** The catalogue: every type of event that outsiders can read. */
export const EVENT_TYPES: readonly EventType[] = [
  ...ORDER_EVENTS,
  ...PAYMENT_EVENTS,
  ...FULFILMENT_EVENTS,
  ...RETURN_EVENTS,
  ...INVOICE_EVENTS,
  ...ORDER_NOTE_EVENTS,
  ...CREDIT_EVENTS,
  ...PROMOTION_EVENTS,
  ...SHIPPING_METHOD_EVENTS,
  ...TAX_RATE_EVENTS,
  ...PRODUCT_EVENTS,
  ...CATEGORY_EVENTS,
  ...STOCK_EVENTS,
  ...VARIANT_EVENTS,
  ...USER_EVENTS,
  ...ADDRESS_EVENTS,
  ...CONSENT_EVENTS,
  ...ROLE_EVENTS,
  ...INVITE_EVENTS,
  ...CUSTOMER_GROUP_EVENTS,
  ...API_KEY_EVENTS,
  ...WEBHOOK_ENDPOINT_EVENTS,
];

/** What is told to our own jobs only: each begins a piece of work, and nothing that anybody reads has changed. */
export const INTERNAL_EVENT_TYPES: readonly string[] = [
  'mail.requested',
  'order.export_requested',
  'promotion.codes_requested',
  'user.export_requested',
];

const NAMES = EVENT_TYPES.map(({ type }) => type);

/** What events are about. */
export const AGGREGATE_TYPES = [...new Set(EVENT_TYPES.map(({ aggregateType }) => aggregateType))];

/** The types that a list of filters means: `order.placed`, `order.*` for all of one aggregate, `*` for all; none of them when unknown. */
export function typesOf(filters: readonly string[]): string[] {
  return NAMES.filter((name) => filters.some((filter) => matches(filter, name)));
}

/** The filters that mean no type there is. */
export function unknownFilters(filters: readonly string[]): string[] {
  return filters.filter((filter) => !NAMES.some((name) => matches(filter, name)));
}

const matches = (filter: string, name: string): boolean =>
  filter === '*' || filter === name || (filter.endsWith('.*') && name.startsWith(filter.slice(0, -1)));
