import { conflict, type FieldError, notFound, rejected, taken } from '../../common/errors/domain.error.js';
import type { Reason } from '../pricing/purchase.js';

export class PromotionNotFoundError extends notFound(
  'promotion.not_found',
  'No such promotion',
  'There is no promotion with this id.',
) {}

export class PromotionArchivedError extends conflict(
  'promotion.archived',
  'The promotion is archived',
  'This promotion has been archived and does not change any more; make another one.',
) {}

/** It has been used more often than that already. */
export class PromotionLimitBelowUsedError extends taken(
  'promotion.limit_below_used',
  'It has been used more often already',
  'The limit would be below how often it is used already; orders that have it keep it.',
  '/usageLimit',
  'must not be below `used`',
) {}

export class PromotionCodeNotFoundError extends notFound(
  'promotion.code_not_found',
  'No such code',
  'This promotion has no code with this id.',
) {}

export class PromotionCodeTakenError extends conflict('promotion.code_taken', 'The code is taken') {
  override readonly errors: readonly FieldError[];

  /** @param places Of the codes in the request. */
  constructor(places: readonly number[]) {
    super(
      `${places.length === 1 ? 'One code is' : `${places.length} codes are`} in use already, whatever the case of its letters.`,
    );
    this.errors = places.map((place) => ({
      pointer: `/codes/${place}/code`,
      code: 'taken',
      message: 'is in use already',
    }));
  }
}

/** What was entered is no code, or one that is not valid at the moment: the one looks like the other. */
export class PromotionCodeUnknownError extends rejected('promotion.code_unknown', 'The code is not valid') {
  override readonly errors: readonly FieldError[];

  constructor(pointer = '/code') {
    super('There is no such promotion code, or it is not valid now.');
    this.errors = [{ pointer, code: 'unknown', message: 'is not a code that is valid now' }];
  }
}

/** The code, or its promotion, has been used as often as it may be. */
export class PromotionUsageLimitError extends conflict('promotion.usage_limit_reached', 'The code is used up') {
  override readonly errors: readonly FieldError[];

  constructor(pointer: string) {
    super('The code has been used as often as it may be; order without it.');
    this.errors = [{ pointer, code: 'used_up', message: 'has been used as often as it may be' }];
  }
}

/** Codes that were sent with an order do not apply to it; `errors` says which, and why. */
export class PromotionCodeNotApplicableError extends rejected(
  'promotion.code_not_applicable',
  'A code does not apply',
) {
  override readonly errors: readonly FieldError[];

  constructor(refusals: readonly { readonly place: number; readonly reason: Reason }[]) {
    super(
      `${refusals.length === 1 ? 'One code does' : `${refusals.length} codes do`} not apply to this order; leave it out, or send the total that was shown as expectedTotal.`,
    );
    this.errors = refusals.map(({ place, reason: { code, message } }) => ({
      pointer: `/promotionCodes/${place}`,
      code,
      message,
    }));
  }
}
