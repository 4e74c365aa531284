import { hash } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { TemporarilyUnavailableError } from '../../common/errors/request.errors.js';
import { sumOf } from '../../common/money/money.js';
import { UnpreparedError } from '../../database/unprepared.error.js';
import { borne, calculateTaxes, includesTax, isExemptIn, nameOf, placeOf } from './calculate-taxes.js';
import { TaxProvider, type TaxQuestion, type TaxQuote } from './tax-provider.js';

/** How long a provider is waited for. */
const WAIT_MS = 3_000;
/** How long an answer holds: from looking at a cart to paying for it. */
const QUOTE_TTL_MS = 15 * 60_000;
/** How long a provider that gave no answer is left alone with the same question. */
const FAILURE_TTL_MS = 10_000;
const MAX_QUOTES = 5_000;
const UNKNOWN = 'The taxes on this purchase cannot be found out at the moment; try again in a few seconds.';

/**
 * What taxes come to, by the provider of the shop. The shop's own rates are calculated at once. What another company must be asked is looked
 * up among its answers by the fingerprint of the question; where there is none, the unit of work stops before it writes, the company is asked
 * outside of any transaction, and the unit of work runs again.
 */
@Injectable()
export class TaxQuotes {
  /** As `calculateTaxes`. @throws UnpreparedError; TemporarilyUnavailableError (503 with `Retry-After`) when neither the provider nor the shop knows the taxes. */
  readonly calculate: typeof calculateTaxes;
  private readonly logger = new Logger(TaxQuotes.name);
  private readonly answers = new LRUCache<string, { quote: TaxQuote | null }>({ max: MAX_QUOTES, ttl: QUOTE_TTL_MS });
  private readonly asked = new Map<string, Promise<void>>();

  constructor(private readonly provider: TaxProvider) {
    this.calculate = provider.quote === null ? calculateTaxes : (...purchase) => this.quoted(...purchase);
  }

  private quoted(...purchase: Parameters<typeof calculateTaxes>): ReturnType<typeof calculateTaxes> {
    const [{ currency, destination, now }, taxables, { settings, rates }, exemption] = purchase;
    const place = placeOf(destination, settings);
    if (!place || taxables.every(({ amount }) => amount === 0)) return calculateTaxes(...purchase);
    const pricesIncludeTax = includesTax(currency, settings);
    const items = taxables.map(({ key, amount, taxCategory }) => ({ amount, taxCategory, isShipping: key === null }));
    const question: TaxQuestion = { currency, pricesIncludeTax, place, items };
    const fingerprint = hash('sha256', JSON.stringify([now.toISOString().slice(0, 10), question]), 'base64url');
    const answer = this.answers.get(fingerprint);
    if (!answer) throw new UnpreparedError(() => this.ask(fingerprint, question));
    if (!answer.quote) {
      if (!rates.has(place.country)) throw new TemporarilyUnavailableError(UNKNOWN);
      return calculateTaxes(...purchase);
    }
    const name = nameOf(place.country, place.region);
    const exempt = isExemptIn(place, exemption) ? { ...exemption, place: name } : null;
    const amounts = answer.quote.items.map((taxes) =>
      borne(
        taxes.map((tax) => ({ rateId: null, ...tax })),
        pricesIncludeTax,
        taxes.length > 0 ? exempt : null,
      ),
    );
    const reason = exempt
      ? { code: 'tax_exempt', message: `The customer is exempt in ${name}: ${exempt.reason}.` }
      : { code: 'no_tax_rate', message: `No tax applies in ${name}.` };
    const isTaxed = !exempt && amounts.some(({ taxes }) => taxes.length > 0);
    return { pricesIncludeTax, amounts, reasons: isTaxed ? [] : [reason] };
  }

  /** Asks once, however many wait for the answer. */
  private async ask(fingerprint: string, question: TaxQuestion): Promise<void> {
    const asked = this.asked.get(fingerprint) ?? this.fetch(fingerprint, question);
    this.asked.set(fingerprint, asked);
    await asked.finally(() => this.asked.delete(fingerprint));
  }

  private async fetch(fingerprint: string, question: TaxQuestion): Promise<void> {
    try {
      const quote = await this.provider.quote!(question, AbortSignal.timeout(WAIT_MS));
      assertSound(quote, question);
      this.answers.set(fingerprint, { quote });
    } catch (error) {
      this.logger.warn(`The provider of taxes gave no usable answer: ${String(error)}`);
      this.answers.set(fingerprint, { quote: null }, { ttl: FAILURE_TTL_MS });
    }
  }
}

/** @throws Error for an answer that does not fit the question, or does not add up. */
function assertSound({ items, total }: TaxQuote, { items: asked, pricesIncludeTax }: TaxQuestion): void {
  const isSound =
    items.length === asked.length &&
    items.every((taxes, index) => {
      const areSound = taxes.every(
        ({ name, rate, amount }) =>
          typeof name === 'string' && /^\d+(\.\d{1,6})?$/.test(rate) && Number.isSafeInteger(amount) && amount >= 0,
      );
      return areSound && (!pricesIncludeTax || sumOf(taxes) <= asked[index]!.amount);
    }) &&
    sumOf(items.flat()) === total;
  if (!isSound) throw new Error('the answer makes no sense, or does not add up');
}
