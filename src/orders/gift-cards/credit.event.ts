import type { DomainEvent } from '../../jobs/domain-event.js';
import { describeEvents, type NameIn } from '../../jobs/event-type.js';
import type { CreditAccount, CreditKind } from './entities/credit-account.entity.js';

/** Something that happened to a gift card or to a customer's store credit, at the version it has now. */
export class CreditEvent implements DomainEvent {
  readonly aggregateType: CreditKind;
  readonly aggregateId: string;
  readonly aggregateVersion: number;
  readonly data: Readonly<Record<string, unknown>>;

  /** @param about What else it is about: `entryId`. */
  constructor(
    readonly type: CreditEventType,
    { id, kind, version }: Pick<CreditAccount, 'id' | 'kind' | 'version'>,
    about: Readonly<Record<string, string>> = {},
  ) {
    this.aggregateType = kind;
    this.aggregateId = id;
    this.aggregateVersion = version;
    this.data = { [kind === 'gift_card' ? 'giftCardId' : 'storeCreditId']: id, ...about };
  }
}

/** The events of gift cards. */
const GIFT_CARD_EVENTS = describeEvents(
  'gift_card',
  { giftCardId: 'uuid', entryId: 'uuid' },
  {
    'gift_card.issued': 'A gift card was issued.',
    'gift_card.redeemed': 'A gift card paid for an order.',
    'gift_card.released': 'What an order held of a gift card is on it again.',
    'gift_card.refunded': 'Money of an order came back onto a gift card.',
    'gift_card.adjusted': 'Staff changed the balance of a gift card.',
    'gift_card.expired': 'A gift card has ended, and what was left on it is booked out.',
  },
);

/** The events of gift cards of which the balance stays. */
const GIFT_CARD_CHANGES = describeEvents(
  'gift_card',
  { giftCardId: 'uuid' },
  {
    'gift_card.changed': 'The end of a gift card, or what staff note about it, changed.',
    'gift_card.disabled': 'Staff disabled a gift card.',
    'gift_card.enabled': 'A gift card that was disabled can be spent again.',
  },
);

/** The events of store credit. */
const STORE_CREDIT_EVENTS = describeEvents(
  'store_credit',
  { storeCreditId: 'uuid', entryId: 'uuid' },
  {
    'store_credit.issued': 'A customer was given store credit.',
    'store_credit.redeemed': 'Store credit paid for an order.',
    'store_credit.released': 'What an order held of store credit is there again.',
    'store_credit.refunded': 'Money of an order came back as store credit.',
    'store_credit.adjusted': 'Staff changed the store credit of a customer.',
    'store_credit.expired': 'Store credit has ended.',
  },
);

export const CREDIT_EVENTS = [...GIFT_CARD_EVENTS, ...GIFT_CARD_CHANGES, ...STORE_CREDIT_EVENTS];

type CreditEventType = NameIn<typeof CREDIT_EVENTS>;
