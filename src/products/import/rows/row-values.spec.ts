import type { RowRefusedError } from '../import.errors.js';
import type { ColumnRule, TextSource } from '../mappings/mapping.js';
import { checkedValues, textOf } from './row-values.js';

const codeOf = (row: Record<string, unknown>, columns: Record<string, ColumnRule>, isText = false): string => {
  try {
    checkedValues(row, columns, isText);
    return 'accepted';
  } catch (error) {
    return (error as RowRefusedError).refusals[0].code;
  }
};

describe('checkedValues', () => {
  it.each([
    ['text', 'a', 'accepted'],
    ['text', 1, 'wrong_type'],
    ['number', 1.5, 'accepted'],
    ['number', '1.5', 'wrong_type'],
    ['number', Infinity, 'wrong_type'],
    ['boolean', false, 'accepted'],
    ['boolean', 0, 'wrong_type'],
    ['texts', ['a'], 'accepted'],
    ['texts', ['a', 1], 'wrong_type'],
    ['objects', [{}], 'accepted'],
    ['objects', [[]], 'wrong_type'],
    ['value', ['a', 1, true], 'accepted'],
    ['value', [['a']], 'wrong_type'],
    ['value', {}, 'wrong_type'],
    ['text', null, 'missing_value'],
    ['text', ' ', 'missing_value'],
  ] as const)('%s against %j: %s', (type, value, expected) => {
    expect(codeOf({ c: value }, { c: { type } })).toBe(expected);
  });

  it('reads numbers, booleans and lists from the cells of a CSV file, and leaves numbers as text', () => {
    const columns: Record<string, ColumnRule> = {
      n: { type: 'number' },
      b: { type: 'boolean' },
      l: { type: 'texts', separator: '/' },
      o: { type: 'text', optional: true },
    };
    expect({ ...checkedValues({ n: ' 1.10 ', b: 'TRUE', l: 'a / b/ ', o: '' }, columns, true) }).toEqual({
      n: '1.10',
      b: true,
      l: ['a', 'b'],
    });
    expect(codeOf({ n: '1e3', b: 'true', l: 'a' }, columns, true)).toBe('wrong_type');
    expect(codeOf({ n: '1', b: 'yes', l: 'a' }, columns, true)).toBe('wrong_type');
  });

  it('refuses columns that it does not know unless there is a rule for all others, whatever their names', () => {
    expect(codeOf({ c: 'a', extra: 1 }, { c: { type: 'text' } })).toBe('unknown_column');
    expect(codeOf({ c: 'a', extra: 1 }, { c: { type: 'text' }, '*': { type: 'value', optional: true } })).toBe(
      'accepted',
    );
    expect(
      codeOf(JSON.parse('{"__proto__": "a", "constructor": "b"}') as Record<string, unknown>, {
        '*': { type: 'text' },
      }),
    ).toBe('accepted');
    expect(codeOf(JSON.parse('{"__proto__": "a"}') as Record<string, unknown>, {})).toBe('unknown_column');
  });
});

describe('textOf', () => {
  it.each([
    [{ constant: 'fixed' }, 'fixed'],
    [{ column: 'name' }, 'A name'],
    [{ column: 'name', letters: 'upper' }, 'A NAME'],
    [{ column: 'path', pattern: '/([0-9]+)_' }, '42'],
    [{ column: 'path', pattern: '/([a-z]+)$' }, undefined],
    [{ column: 'absent' }, undefined],
    [{ column: 'absent', otherwise: { template: '{count} × {name}' } }, '7 × A name'],
    [{ template: '{absent}' }, undefined],
    [{ column: 'list' }, '1, 2'],
  ] as [TextSource, string | undefined][])('%j gives %p', (source, expected) => {
    expect(textOf(source, { name: '  A\n name ', path: 'x/42_s.jpg', count: 7, list: [1, 2] })).toBe(expected);
  });
});
