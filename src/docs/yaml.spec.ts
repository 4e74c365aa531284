import { createRequire } from 'node:module';
import fc from 'fast-check';
import { toYaml } from './yaml.js';

const { load } = createRequire(require.resolve('@nestjs/swagger'))('js-yaml') as { load: (text: string) => unknown };

describe('toYaml', () => {
  it('writes blocks that people can read', () => {
    expect(toYaml({ info: { title: 'A: "B"', tags: ['x', 'y'] }, empty: {}, none: [] }).trimStart()).toBe(
      'info:\n  title: "A: \\"B\\""\n  tags:\n    - "x"\n    - "y"\nempty: {}\nnone: []\n',
    );
  });

  it('writes what a YAML reader gives back unchanged, whatever is in it', () => {
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.string({ unit: 'grapheme' }),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.constantFrom('yes', 'null', '1.5', '2026-01-01', '- a', '# b', 'a: b', ''),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(
          fc.oneof(fc.string(), fc.constantFrom('yes', '1', '$ref', 'x-a', '/a/{b}', '200')),
          tie('value'),
          { maxKeys: 4 },
        ),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('a', 'b', '404', 'true'), value, { minKeys: 1 }), (data) => {
        expect(load(toYaml(data))).toEqual(JSON.parse(JSON.stringify(data)));
      }),
    );
  });
});
