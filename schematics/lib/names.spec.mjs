import { describe, expect, it } from '@jest/globals';
import { featureNames, pastOf, pluralOf, singularOf } from './names.mjs';

describe('names', () => {
  it.each([
    ['coupon', 'coupons'],
    ['category', 'categories'],
    ['day', 'days'],
    ['box', 'boxes'],
    ['dish', 'dishes'],
    ['gift-card', 'gift-cards'],
    ['address', 'addresses'],
    ['person', 'people'],
  ])('know that many of %s are %s', (one, many) => {
    expect([pluralOf(one), singularOf(many)]).toEqual([many, one]);
  });

  it.each(['coupon', 'coupons', 'Coupons'])('make of %s the feature coupons', (name) => {
    expect(featureNames(name)).toMatchObject({
      plural: 'coupons',
      singular: 'coupon',
      Many: 'Coupons',
      One: 'Coupon',
      table: 'coupons',
    });
  });

  it('take another plural or singular', () => {
    expect(featureNames('staff-news', { plural: 'news-items', singular: 'news-item' })).toMatchObject({
      Many: 'NewsItems',
      one: 'newsItem',
      table: 'news_items',
    });
  });

  it.each(['', '9lives', 'a b!', 'x_-', '../x'])('refuse %p', (name) => {
    expect(() => featureNames(name)).toThrow('cannot name a feature');
  });

  it.each([
    ['redeem', 'redeemed'],
    ['close', 'closed'],
    ['try', 'tried'],
    ['delay', 'delayed'],
    ['pay', 'paid'],
    ['ship', 'shipped'],
  ])('know that to %s is over once it is %s', (verb, past) => {
    expect(pastOf(verb)).toBe(past);
  });
});
