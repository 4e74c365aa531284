import { money, multiply } from '../../common/money/money.js';
import type { LineAdjustment } from '../order-totals.js';
import type { Purchase, PurchaseLine, Reason } from '../pricing/purchase.js';
import type { OpenLine, PromotionContext } from './promotion-part.js';
import {
  canonicalCode,
  isLimited,
  type KnownCode,
  type PromotionFacts,
  type PromotionRule,
  type PromotionRules,
} from './promotion-rules.js';

/** What became of a promotion, or of a code that was entered. */
export interface PromotionOutcome {
  /** Null for a code that is of no promotion. */
  readonly promotionId: string | null;
  readonly code: string | null;
  readonly name: string | null;
  readonly isApplied: boolean;
  /** Why it applies, or does not. */
  readonly reason: Reason;
}

/** A promotion that applies and is counted, because it, or its code, may be used only so often. */
export interface LimitedUse {
  readonly promotionId: string;
  /** As it was entered; null for what applies by itself. */
  readonly code: string | null;
  readonly codeId: string | null;
}

/** What promotions take off a purchase. */
export interface PromotionResult {
  /** By the key of the line; each adds up to no more than the line comes to. */
  readonly lines: ReadonlyMap<string, readonly LineAdjustment[]>;
  /** What comes off a price of shipping; adds up to no more than that price. @param price Minor units. */
  readonly offShipping: (price: number) => readonly LineAdjustment[];
  /** Every code that was entered, and every promotion that applies by itself. */
  readonly outcomes: readonly PromotionOutcome[];
  /** Those that apply and are counted. */
  readonly uses: readonly LimitedUse[];
}

/** A promotion and how it comes to be asked whether it applies. */
interface Candidate {
  readonly rule: PromotionRule;
  /** As it was entered; null for what applies by itself. */
  readonly code: string | null;
  readonly known: KnownCode | null;
}

/**
 * Applies the promotions of the shop to a purchase. Pure: the same purchase under the same rules costs the same, in whatever order its lines
 * stand.
 *
 * The whole rule: promotions apply one after the other, by priority and then the oldest first, each to what those before it have left. One
 * that is exclusive applies only where none has before it, and then none does after it. See docs/decisions/0034-promotions.md.
 */
export function applyPromotions(
  purchase: Purchase,
  rules: PromotionRules,
  facts: PromotionFacts | null,
): PromotionResult {
  const goods = new Goods(purchase.lines);
  const context: PromotionContext = {
    purchase,
    select: (items) => (items ? goods.lines.filter(({ line }) => rules.holds(items, line)) : goods.lines),
    groupIds: facts?.groupIds ?? [],
    isFirstOrder: facts?.isFirstOrder ?? false,
  };
  const applied: Candidate[] = [];
  const outcomes = new Map<string, PromotionOutcome>();
  const tell = ({ rule: { id, name }, code }: Candidate, refusal: Reason | null): unknown =>
    outcomes.set(code === null ? id : canonicalCode(code), {
      promotionId: id,
      code,
      name,
      isApplied: refusal === null,
      reason: refusal ?? { code: 'applied', message: `${name}.` },
    });
  for (const candidate of candidatesOf(purchase, rules, facts)) {
    const refusal =
      refusalOf(candidate, purchase.now, facts) ??
      stackingRefusal(candidate.rule, applied) ??
      unmetBy(candidate.rule, context) ??
      (goods.discount(candidate, context) || hasToDoWithShipping(candidate.rule) ? null : NOTHING_LEFT);
    if (refusal === null) applied.push(candidate);
    // What applies by itself is nobody's business where it does not.
    if (refusal === null || candidate.code !== null) tell(candidate, refusal);
  }
  return {
    lines: goods.adjustments,
    offShipping: (price) => (purchase.shippingPrice === null ? offShipping(applied, price, purchase.currency) : []),
    outcomes: [
      ...purchase.codes.map((code) => outcomes.get(canonicalCode(code)) ?? unknownCode(code, facts)),
      ...[...outcomes.values()].filter(({ code }) => code === null),
    ],
    uses: applied
      .filter(({ rule, known }) => isLimited(rule) || (known !== null && known.usageLimit !== null))
      .map(({ rule, code, known }) => ({ promotionId: rule.id, code, codeId: known?.id ?? null })),
  };
}

function stackingRefusal(rule: PromotionRule, applied: readonly Candidate[]): Reason | null {
  const alone = applied.find((candidate) => candidate.rule.isExclusive)?.rule;
  if (alone) return { code: 'excluded', message: `It does not go together with ${alone.name}.` };
  if (rule.isExclusive && applied.length > 0)
    return { code: 'exclusive', message: `It does not go together with others, and ${applied[0]!.rule.name} applies.` };
  return null;
}

/** Those that apply by themselves and those of the codes, in the order in which they apply; of two codes of one promotion, the first. */
function candidatesOf(
  { codes, withoutPromotions }: Purchase,
  { promotions }: PromotionRules,
  facts: PromotionFacts | null,
): Candidate[] {
  const byPromotion = new Map<string, Candidate['known'] & { code: string }>();
  for (const code of codes) {
    const known = facts?.codes[canonicalCode(code)];
    if (known && !byPromotion.has(known.promotionId)) byPromotion.set(known.promotionId, { ...known, code });
  }
  return promotions.flatMap((rule): Candidate[] => {
    if (withoutPromotions?.has(rule.id)) return [];
    if (rule.isAutomatic) return [{ rule, code: null, known: null }];
    const known = byPromotion.get(rule.id);
    return known ? [{ rule, code: known.code, known }] : [];
  });
}

/** Why a promotion applies to no purchase of this customer at this moment. */
function refusalOf({ rule, known }: Candidate, now: Date, facts: PromotionFacts | null): Reason | null {
  const { startsAt, endsAt, usageLimit, usageLimitPerCustomer } = rule;
  if (known?.isDisabled) return { code: 'code_disabled', message: 'The code is not valid any more.' };
  if (startsAt !== null && now < startsAt)
    return { code: 'not_started', message: `It begins on ${startsAt.toISOString()}.` };
  if (endsAt !== null && now >= endsAt) return { code: 'ended', message: `It ended on ${endsAt.toISOString()}.` };
  const [total, ofCustomer] = facts?.uses[rule.id] ?? [0, 0];
  if (known && known.usageLimit !== null && known.used >= known.usageLimit)
    return { code: 'code_used_up', message: 'The code has been used as often as it may be.' };
  if (usageLimit !== null && total >= usageLimit)
    return { code: 'used_up', message: 'It has been used as often as it may be.' };
  if (usageLimitPerCustomer !== null && ofCustomer >= usageLimitPerCustomer)
    return { code: 'used_up_by_customer', message: 'You have used it as often as you may.' };
  return null;
}

function unmetBy({ conditions }: PromotionRule, context: PromotionContext): Reason | null {
  for (const condition of conditions) {
    const reason = condition.whyUnmet(context);
    if (reason) return reason;
  }
  return null;
}

const NOTHING_LEFT: Reason = { code: 'nothing_to_discount', message: 'There is nothing left that it could take off.' };

function unknownCode(code: string, facts: PromotionFacts | null): PromotionOutcome {
  const known = facts?.codes[canonicalCode(code)];
  const reason = known
    ? { code: 'not_applicable', message: `The promotion of the code ${code} is over, or applies already.` }
    : { code: 'code_unknown', message: `There is no promotion with the code ${code}.` };
  return { promotionId: null, code, name: null, isApplied: false, reason };
}

const hasToDoWithShipping = ({ effects }: PromotionRule): boolean =>
  effects.some((effect) => effect.offShipping !== undefined);

function offShipping(applied: readonly Candidate[], price: number, currency: string): LineAdjustment[] {
  let left = price;
  return applied.flatMap(({ rule, code }): LineAdjustment[] => {
    const before = left;
    for (const effect of rule.effects) left -= Math.min(left, effect.offShipping?.(left, currency) ?? 0);
    return left === before ? [] : [{ promotionId: rule.id, code, name: rule.name, amount: before - left }];
  });
}

/** The lines that promotions may touch, and what they take off them. */
class Goods {
  /** By what is bought, so that whoever gets the last minor unit does not depend on the order of the lines. */
  readonly lines: readonly (OpenLine & { left: number })[];
  readonly adjustments = new Map<string, LineAdjustment[]>();

  constructor(lines: readonly PurchaseLine[]) {
    this.lines = lines
      .filter(({ isDiscountable }) => isDiscountable)
      .sort(inOneOrder)
      .map((line) => {
        const subtotal = multiply(money(line.unitPrice, ''), line.quantity).amount;
        const taken = (line.adjustments ?? []).reduce((sum, { amount }) => sum + amount, 0);
        return { line, subtotal, left: subtotal - taken };
      });
  }

  /** Takes off what a promotion takes off. @returns false when that is nothing. */
  discount({ rule: { id: promotionId, name, effects }, code }: Candidate, context: PromotionContext): boolean {
    const before = this.lines.map(({ left }) => left);
    for (const effect of effects)
      for (const [open, amount] of effect.offLines(context)) {
        const line = open as OpenLine & { left: number };
        line.left -= Math.min(line.left, Math.max(0, amount));
      }
    let isAny = false;
    this.lines.forEach(({ line, left }, index) => {
      const amount = before[index]! - left;
      if (amount === 0) return;
      isAny = true;
      const adjustment = { promotionId, code, name, amount };
      const known = this.adjustments.get(line.key);
      if (known) known.push(adjustment);
      else this.adjustments.set(line.key, [adjustment]);
    });
    return isAny;
  }
}

function inOneOrder(left: PurchaseLine, right: PurchaseLine): number {
  const byVariant = compare(left.variantId ?? '', right.variantId ?? '');
  return (
    byVariant || left.unitPrice - right.unitPrice || left.quantity - right.quantity || compare(left.key, right.key)
  );
}

const compare = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
