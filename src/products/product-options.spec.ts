import { optionErrors, optionsOf, variantName } from './product-options.js';

const options = [
  { name: 'Colour', values: ['Blue', 'Moss'] },
  { name: 'Size', values: ['S', 'L'] },
];

describe('product options', () => {
  it('derives the options from the variants in order of appearance', () => {
    const variants = [
      { options: { Colour: 'Blue', Size: 'S' } },
      { options: { Colour: 'Blue', Size: 'L' } },
      { options: { Colour: 'Moss', Size: 'S' } },
    ];
    expect(optionsOf(variants)).toEqual(options);
  });

  it('accepts a variant with one offered value for each option', () => {
    expect(optionErrors(options, { options: { Size: 'L', Colour: 'Moss' } }, '/options')).toEqual([]);
  });

  it('names a missing option, an unknown option and an unknown value', () => {
    expect(optionErrors(options, { options: { Colour: 'Red', 'a/b': 'x' } }, '/variants/0/options')).toEqual([
      { pointer: '/variants/0/options', code: 'required', message: 'must name a value of the option "Size"' },
      { pointer: '/variants/0/options/Colour', code: 'unknown', message: 'is not a value of this option' },
      { pointer: '/variants/0/options/a~1b', code: 'unknown', message: 'is not an option of the product' },
    ]);
  });

  it('is not fooled by names that every object inherits', () => {
    const inherited = optionErrors([{ name: 'toString', values: ['x'] }], { options: {} }, '/options');
    expect(inherited).toHaveLength(1);
  });

  it('names a variant by product and option values, in the order of the options', () => {
    expect(variantName('Mug', options, { Size: 'L', Colour: 'Moss' })).toBe('Mug (Moss, L)');
    expect(variantName('Mug', [], {})).toBe('Mug');
  });
});
