import type { Implementation } from '../../common/extension-points.js';
import type { TaxPlace } from './tax-place.js';

/** What is to be taxed. Nothing of it says who buys. */
export interface TaxQuestion {
  /** ISO 4217 code of all amounts. */
  readonly currency: string;
  /** Whether the amounts contain their tax. */
  readonly pricesIncludeTax: boolean;
  readonly place: TaxPlace;
  readonly items: readonly {
    /** Minor units, discounts taken off. */
    readonly amount: number;
    readonly taxCategory: string;
    readonly isShipping: boolean;
  }[];
}

/** A tax of a provider. */
export interface QuotedTax {
  readonly name: string;
  /** A decimal fraction with six digits at most. */
  readonly rate: string;
  /** Minor units. */
  readonly amount: number;
  /** Country, or country and region, it is due in. */
  readonly place?: string;
}

export interface TaxQuote {
  /** What each item bears, in the order of the question. */
  readonly items: readonly (readonly QuotedTax[])[];
  /** Minor units of all taxes together: what does not add up is not taken. */
  readonly total: number;
}

/**
 * Who says what taxes come to: an extension point. One provider is used, the last that the settings ask for. Never called inside a database
 * transaction.
 */
export abstract class TaxProvider implements Implementation {
  abstract readonly isOffered: boolean;

  /**
   * Asks for the taxes of a purchase; null for the shop's own rates, for which nobody is asked. Asking changes nothing, so the same question
   * may be asked again, also at the same moment, and has the same answer on the same day.
   *
   * @param signal Ends the wait.
   * @throws whatever, when there is no usable answer: none before `signal` ends the wait, a refused connection, an answer that it cannot, or
   * one that makes no sense. The shop's own rates for the country then apply, and without any, the purchase has to wait (503).
   */
  abstract readonly quote: ((question: TaxQuestion, signal: AbortSignal) => Promise<TaxQuote>) | null;
}
