/** The dedupe key of the mail that tells that an order is confirmed. */
export function orderConfirmedMail(orderId: string): string {
  return `order.confirmed:${orderId}`;
}
