import { describe, expect, it } from '@jest/globals';
import { parseFields, refusalsOf, samplesOf } from './fields.mjs';

const parse = (text) =>
  parseFields(text).map(({ name, type, isOptional, isUnique, preset }) => ({
    name,
    type,
    isOptional,
    isUnique,
    preset,
  }));

describe('the fields of a feature', () => {
  it('are read with type, marks and default', () => {
    expect(
      parse(
        'title:string{1..120}! price:money dueAt:datetime? kind:enum(gift|loyalty)=gift tags:string[] open:boolean=true',
      ),
    ).toEqual([
      { name: 'title', type: 'string', isOptional: false, isUnique: true },
      { name: 'price', type: 'money', isOptional: false, isUnique: false },
      { name: 'dueAt', type: 'datetime', isOptional: true, isUnique: false },
      { name: 'kind', type: 'enum', isOptional: false, isUnique: false, preset: 'gift' },
      { name: 'tags', type: 'string[]', isOptional: false, isUnique: false },
      { name: 'open', type: 'boolean', isOptional: false, isUnique: false, preset: true },
    ]);
  });

  it.each([
    ['stars:int{1..5}', { min: 1, max: 5 }],
    ['stars:int{..5}', { min: 0, max: 5 }],
    ['stars:int{-5..}', { min: -5, max: 2_147_483_647 }],
    ['title:string', { min: 1, max: 200 }],
    ['body:text', { min: 1, max: 5_000 }],
    ['tags:string[]{1..3}', { min: 1, max: 3 }],
    ['kind:enum( gift | loyalty )', { values: ['gift', 'loyalty'] }],
    ['productId:ref(products)', { target: 'products', words: 'product', column: 'product_id' }],
  ])('know of %s what it may be', (text, expected) => {
    expect(parseFields(text)).toMatchObject([expected]);
  });

  it.each([
    ['title', 'is no field'],
    ['title:', 'is no field'],
    ['title:strin', 'there is no type strin'],
    ['Title:string', 'camelCase'],
    ['class:string', 'reserved word'],
    ['constructor:string', 'reserved word'],
    ['apiToken:string', 'secret'],
    ['passwordHash:string', 'secret'],
    ['id:uuid', 'two members called id'],
    ['a:int b:int a:string', 'two members called a'],
    ['kind:enum', 'needs its values'],
    ['kind:enum(gift)', 'at least two values'],
    ['kind:enum(gift|Gift)', 'snake_case'],
    ['kind:enum(gift|loyalty)=none', 'none of its values'],
    ['productId:ref', 'needs the table'],
    ['title:string(x)', 'takes no brackets'],
    ['title:string{5..1}', 'lower bound first'],
    ['title:string{0..0}', 'lower bound first'],
    ['open:boolean{1..2}', 'takes no range'],
    ['open:boolean!', 'cannot be unique'],
    ['open:boolean=yes', 'true or false'],
    ['stars:int{1..5}=6', 'not within its range'],
    ["title:string=it's", 'quotes'],
    ['title:string??', 'stands twice'],
    ['stars:int?=3', 'never absent'],
    ['price:money?', 'always there'],
    ['price:money=3', 'takes no default'],
    ['sort:boolean', 'a parameter sort already'],
  ])('are refused when one is %s: %s', (text, reason) => {
    expect(() => parseFields(text)).toThrow(reason);
  });

  it.each([
    'a:string{3..4}',
    'a:string{0..2}',
    'a:int{7..7}',
    'a:int{-3..-1}',
    'a:text',
    'tags:string[]{2..3}',
    'a:enum(b|c)',
    'a:boolean=false',
  ])('have samples that they take, of which the refusals are none: %s', (text) => {
    const [field] = parseFields(text);
    for (const sample of samplesOf(field)) {
      const size = typeof sample === 'number' ? sample : (sample.length ?? 0);
      if (field.min !== undefined) {
        expect(size).toBeGreaterThanOrEqual(field.min);
        expect(size).toBeLessThanOrEqual(field.max);
      }
      expect(refusalsOf(field).map(([code]) => code)).not.toContain(JSON.stringify(sample));
    }
  });
});
