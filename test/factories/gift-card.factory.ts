import { GiftCardIssuing, type NewGiftCard } from '../../src/orders/gift-cards/gift-card-issuing.service.js';
import type { TestApp } from '../support/test-app.js';

/** A card that has been issued, with the code that opens it. */
export interface IssuedCard {
  readonly id: string;
  readonly code: string;
}

/** Issues a card of 50.00 EUR that never ends, unless said otherwise. */
export async function createGiftCard(app: TestApp, overrides: Partial<NewGiftCard> = {}): Promise<IssuedCard> {
  const issuing = app.app.get(GiftCardIssuing, { strict: false });
  const { card, code } = await issuing.issue({ amount: { amount: 5000, currency: 'EUR' }, ...overrides });
  return { id: card.id, code };
}
