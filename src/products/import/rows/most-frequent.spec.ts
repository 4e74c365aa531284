import { chosen } from './most-frequent.js';

describe('chosen', () => {
  it('takes the last value by the rule "latest"', () => {
    expect(chosen([1, 2, 1, 3], 'latest')).toBe(3);
  });

  it('takes the most frequent value, and of equally frequent ones that which occurs last', () => {
    expect(chosen([1, 2, 1, 3], 'most_frequent')).toBe(1);
    expect(chosen([1, 2, 2, 1], 'most_frequent')).toBe(1);
    expect(chosen([2, 1, 1, 2, 3], 'most_frequent')).toBe(2);
  });

  it.each(['latest', 'most_frequent'] as const)(
    'ignores what is missing, and gives nothing for nothing: %s',
    (rule) => {
      expect(chosen([null, 'a', undefined, null], rule)).toBe('a');
      expect(chosen([null, undefined], rule)).toBeUndefined();
    },
  );
});
