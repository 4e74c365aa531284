import { CreateFoundation1767225600000 } from './1767225600000-create-foundation.js';
import { CreateUsers1767225601000 } from './1767225601000-create-users.js';
import { CreateProducts1767225602000 } from './1767225602000-create-products.js';
import { CreateOrders1767225603000 } from './1767225603000-create-orders.js';
import { MailQueue1767225610000 } from './1767225610000-mail-queue.js';
import { CreateAuditLog1767225611000 } from './1767225611000-create-audit-log.js';
import { UserProfiles1767225612000 } from './1767225612000-user-profiles.js';
import { RolesAndInvites1767225613000 } from './1767225613000-roles-and-invites.js';
import { SignIn1767225614000 } from './1767225614000-sign-in.js';
import { Identities1767225616000 } from './1767225616000-identities.js';
import { ApiKeys1767225617000 } from './1767225617000-api-keys.js';
import { AccountTokens1767225618000 } from './1767225618000-account-tokens.js';
import { ForgetReasons1767225620000 } from './1767225620000-forget-reasons.js';
import { OrderColumns1767225621000 } from './1767225621000-order-columns.js';
import { Carts1767225622000 } from './1767225622000-carts.js';
import { CompletableOrders1767225623000 } from './1767225623000-completable-orders.js';
import { SearchOrders1767225623100 } from './1767225623100-search-orders.js';
import { OrderNotes1767225623200 } from './1767225623200-order-notes.js';
import { OrderNumberSeries1767225623300 } from './1767225623300-order-number-series.js';
import { OrderDrafts1767225623400 } from './1767225623400-order-drafts.js';
import { PaymentOperations1767225624000 } from './1767225624000-payment-operations.js';
import { VerifiedRules1767225626000 } from './1767225626000-verified-rules.js';
import { OrderMailQueue1767225627000 } from './1767225627000-order-mail-queue.js';
import { PricedOrders1767225630000 } from './1767225630000-priced-orders.js';
import { Pricing1767225631000 } from './1767225631000-pricing.js';
import { Fulfilments1767225632000 } from './1767225632000-fulfilments.js';
import { Returns1767225633000 } from './1767225633000-returns.js';
import { OrderEdits1767225633500 } from './1767225633500-order-edits.js';
import { Exchanges1767225633700 } from './1767225633700-exchanges.js';
import { Invoices1767225634000 } from './1767225634000-invoices.js';
import { Ledger1767225634500 } from './1767225634500-ledger.js';
import { GiftCards1767225635000 } from './1767225635000-gift-cards.js';
import { RefundDestinations1767225635100 } from './1767225635100-refund-destinations.js';
import { CarrierRates1767225638100 } from './1767225638100-carrier-rates.js';
import { EventReaders1767225640000 } from './1767225640000-event-readers.js';
import { AvailabilityEvents1767225641500 } from './1767225641500-availability-events.js';
import { EventLog1767225641000 } from './1767225641000-event-log.js';
import { Webhooks1767225642000 } from './1767225642000-webhooks.js';
import { FailedJobs1767225644000 } from './1767225644000-failed-jobs.js';
import { MailsAtMostOnce1767225646000 } from './1767225646000-mails-at-most-once.js';
import { EventReaderLeases1767225647000 } from './1767225647000-event-reader-leases.js';
import { EventArrivals1767225648000 } from './1767225648000-event-arrivals.js';
import { Shipping1767225638000 } from './1767225638000-shipping.js';
import { CreditedRefunds1767225635200 } from './1767225635200-credited-refunds.js';
import { Promotions1767225636000 } from './1767225636000-promotions.js';
import { Taxes1767225637000 } from './1767225637000-taxes.js';

/** Every migration, oldest first. A list instead of a file pattern, so that it reads the same in every runtime. */
export const migrations = [
  CreateFoundation1767225600000,
  CreateUsers1767225601000,
  CreateProducts1767225602000,
  CreateOrders1767225603000,
  MailQueue1767225610000,
  CreateAuditLog1767225611000,
  UserProfiles1767225612000,
  RolesAndInvites1767225613000,
  SignIn1767225614000,
  Identities1767225616000,
  ApiKeys1767225617000,
  AccountTokens1767225618000,
  ForgetReasons1767225620000,
  OrderColumns1767225621000,
  Carts1767225622000,
  CompletableOrders1767225623000,
  SearchOrders1767225623100,
  OrderNotes1767225623200,
  OrderNumberSeries1767225623300,
  OrderDrafts1767225623400,
  PaymentOperations1767225624000,
  VerifiedRules1767225626000,
  OrderMailQueue1767225627000,
  PricedOrders1767225630000,
  Pricing1767225631000,
  Fulfilments1767225632000,
  Returns1767225633000,
  OrderEdits1767225633500,
  Exchanges1767225633700,
  Invoices1767225634000,
  Ledger1767225634500,
  GiftCards1767225635000,
  RefundDestinations1767225635100,
  CreditedRefunds1767225635200,
  Promotions1767225636000,
  Taxes1767225637000,
  Shipping1767225638000,
  CarrierRates1767225638100,
  EventReaders1767225640000,
  EventLog1767225641000,
  AvailabilityEvents1767225641500,
  Webhooks1767225642000,
  FailedJobs1767225644000,
  MailsAtMostOnce1767225646000,
  EventReaderLeases1767225647000,
  EventArrivals1767225648000,
];
