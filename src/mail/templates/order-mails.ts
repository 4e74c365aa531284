import type { Money } from '../../common/money/money.js';

/** What was ordered; amounts are those of the order. */
export interface OrderSummary {
  /** The number people know the order by. */
  readonly orderNumber: string | number;
  readonly lines: readonly {
    readonly name: string;
    readonly sku: string;
    readonly quantity: number;
    readonly total: Money;
  }[];
  readonly subtotal: Money;
  readonly discountTotal: Money;
  readonly shippingTotal: Money;
  readonly taxTotal: Money;
  readonly total: Money;
  /** Whether the total contains the tax already; false unless given. */
  readonly pricesIncludeTax?: boolean;
}

/** An order that waits for its payment. */
export interface AwaitedOrder extends OrderSummary {
  readonly orderId: string;
  /** Opens a guest's order: links carry it behind `#`, which no server sees; null for an order of an account. */
  readonly token: string | null;
  /** Until when the goods are held: an instant of ISO 8601. */
  readonly until: string;
}

/** Pieces of an order that are on their way. */
export interface ShippedParcel {
  readonly orderNumber: string | number;
  readonly pieces: readonly { readonly name: string; readonly sku: string; readonly quantity: number }[];
  readonly carrier: string | null;
  readonly trackingNumber: string | null;
  /** The carrier's page about it: an address of http or https. */
  readonly trackingUrl: string | null;
  /** Whether something of the order is left to be shipped. */
  readonly isPart: boolean;
}

/** Data of every mail about an order, or about money to pay one with. */
export interface OrderMailData {
  'order-placed': AwaitedOrder;
  'payment-failed': AwaitedOrder;
  /** Staff have written the order; whoever holds the link may pay it. */
  'order-payable': AwaitedOrder & { readonly token: string };
  'order-confirmation': OrderSummary;
  /** `returned` was taken and goes back; `released` was only authorised; null for nothing. */
  'order-cancelled': OrderSummary & { readonly returned: Money | null; readonly released: Money | null };
  'order-expired': OrderSummary;
  /** Staff have changed what was ordered, as agreed; `due` is still to be paid, null for nothing. */
  'order-edited': Omit<AwaitedOrder, 'until'> & { readonly due: Money | null };
  'order-shipped': ShippedParcel;
  /** `reason` is one of the codes of a refund; one that the language has no words for is left out. */
  'order-refunded': {
    readonly orderNumber: string | number;
    readonly amount: Money;
    readonly reason: string;
    /** What has the money now. */
    readonly goesTo: 'bank' | 'gift_card' | 'store_credit';
  };
  /** `code` spends the card; `until` is an instant of ISO 8601, null for a card without an end. */
  'gift-card': { readonly code: string; readonly amount: Money; readonly until: string | null };
}
