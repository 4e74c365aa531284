import type { Condition } from '../mappings/mapping.js';
import { refusalsOf } from './refusal-rules.js';

const applies = (when: Condition, value: unknown): boolean =>
  refusalsOf([{ code: 'x', message: 'm', column: 'c', when }], value === undefined ? {} : { c: value }) !== undefined;

describe('refusalsOf', () => {
  it('gives every rule that applies, in the order of the rules', () => {
    const rules = [
      { code: 'low', message: 'low', column: 'n', when: { isAtMost: 0 } },
      { code: 'zero', message: 'zero', column: 'n', when: { equals: 0 } },
      { code: 'blank', message: 'blank', column: 't', when: { isBlank: true } },
    ] as const;
    expect(refusalsOf(rules, { n: '0' })?.map(({ code }) => code)).toEqual(['low', 'zero', 'blank']);
    expect(refusalsOf(rules, { n: '-1', t: 'x' })?.map(({ code }) => code)).toEqual(['low']);
    expect(refusalsOf(rules, { n: '1', t: 'x' })).toBeUndefined();
  });

  it.each([
    [{ matches: '^C' }, 'C12', true],
    [{ matches: '^C' }, 'c12', false],
    [{ isOneOf: ['Post', 'm'] }, 'POST', true],
    [{ isOneOf: ['Post', 'm'] }, 'M', true],
    [{ isOneOf: ['Post', 'm'] }, 'MM', false],
    [{ isBlank: true }, undefined, true],
    [{ isBlank: true }, 'x', false],
    [{ isAtMost: 0 }, '-3', true],
    [{ isAtMost: 0 }, '1', false],
    [{ isAtMost: 0 }, undefined, false],
    [{ isBelow: 0 }, 0, false],
    [{ isBelow: 0 }, -0.01, true],
    [{ equals: 0 }, '0.00', true],
    [{ isFinerThan: 'GBP' }, '0.001', true],
    [{ isFinerThan: 'GBP' }, '1.2300', false],
    [{ isFinerThan: 'GBP' }, '-1.005', true],
    [{ isFinerThan: 'JPY' }, '1.5', true],
    [{ isFinerThan: 'BHD' }, '1.005', false],
    [{ isFinerThan: 'GBP' }, 7, false],
    [{ isFinerThan: 'GBP' }, 'words', false],
  ] as [Condition, unknown, boolean][])('%j meets %p: %p', (when, value, expected) => {
    expect(applies(when, value)).toBe(expected);
  });
});
