import type { Customer } from './purchase.js';

/** Rules of one kind: one value of JSON that a statement selects, and what it means. */
export interface RuleSection<Rules> {
  /** Selects one value; no parameters. Every table it reads raises `pricing_version` by the trigger `raise_pricing_version`. */
  readonly sql: string;
  readonly read: (value: unknown) => Rules;
}

/** Who asks what something costs, with which codes. */
export interface PricingQuestion {
  readonly customer: Customer;
  readonly codes: readonly string[];
}

/** What rules of one kind ask about a buyer: one value of JSON that a statement selects. */
export interface FactSection<Rules, Facts> {
  /** Selects one value. Parameters: $1 id of the customer or null, $2 e-mail address in lower case or null, $3 codes as entered. */
  readonly sql: string;
  /** Whether these rules need it for this buyer. Where it is not read, `read` gets null. */
  readonly isNeeded: (rules: Rules, question: PricingQuestion) => boolean;
  readonly read: (value: unknown) => Facts;
}
