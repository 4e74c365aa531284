import type { DomainEvent } from '../../jobs/domain-event.js';
import type { CreditAccount, CreditKind } from './entities/credit-account.entity.js';

type CreditEventType =
  | `${CreditKind}.${'issued' | 'redeemed' | 'released' | 'refunded' | 'adjusted' | 'expired'}`
  | `gift_card.${'changed' | 'disabled' | 'enabled'}`;

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
