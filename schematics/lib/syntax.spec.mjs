import { describe, expect, it } from '@jest/globals';
import { addCase, addEntry, addImport, addMember, removeEntry, removeImport } from './syntax.mjs';

const MODULE = `import { Module } from '@nestjs/common';
import { BModule } from './b/b.module.js';
import { DModule } from './d/d.module.js';

const wanted = [];

@Module({
  imports: [BModule, DModule, ...wanted],
})
export class AppModule {
  run(): void {}

  private stop(): void {}
}
`;

describe('edits along the syntax tree', () => {
  it('import in place, and take it back without a trace', () => {
    const added = addImport(MODULE, './c/c.module.js', 'CModule');
    expect(added.split('\n')[2]).toBe(`import { CModule } from './c/c.module.js';`);
    expect(removeImport(added, './c/c.module.js')).toBe(MODULE);
  });

  it('import beside what is imported from there already, once', () => {
    const added = addImport(MODULE, '@nestjs/common', 'Injectable', 'Module');
    expect(added).toContain(`import { Injectable, Module } from '@nestjs/common';`);
    expect(addImport(added, '@nestjs/common', 'Injectable')).toBe(added);
  });

  it('add to a list before what is spread into it, and take it back', () => {
    const added = addEntry(MODULE, 'imports', 'CModule');
    expect(added).toContain('[BModule, DModule,\nCModule, ...wanted]');
    expect(removeEntry(added, 'imports', 'CModule')).toBe(MODULE);
  });

  it('add to lists inside JSON, and take it back', () => {
    const text = '{ "tags": [{ "name": "a" }], "groups": [{ "name": "A", "tags": ["a"] }] }';
    const added = addEntry(addEntry(text, 'groups.A.tags', '"b"'), 'tags', '{ "name": "b" }');
    expect(JSON.parse(added)).toEqual({
      tags: [{ name: 'a' }, { name: 'b' }],
      groups: [{ name: 'A', tags: ['a', 'b'] }],
    });
    expect(removeEntry(removeEntry(added, 'groups.A.tags', '"b"'), 'tags', '"b"')).toBe(text);
  });

  it('add methods before the private ones', () => {
    const added = addMember(MODULE, 'AppModule', 'walk(): void {}', { isMethod: true });
    expect(added.indexOf('walk')).toBeGreaterThan(added.indexOf('run'));
    expect(added.indexOf('walk')).toBeLessThan(added.indexOf('private stop'));
  });

  it('add cases to a table of tests', () => {
    expect(addCase(`it.each([['a']])('refuses %s', () => {});`, 'refuses %s', `['b']`)).toBe(
      `it.each([['a'],\n['b']])('refuses %s', () => {});`,
    );
    expect(addCase(`it('refuses', () => {});`, 'refuses %s', `['b']`)).toBeUndefined();
  });

  it('say what is missing where a list has gone', () => {
    expect(() => addEntry('const other = [];', 'SCOPES', `'a'`)).toThrow('no list called SCOPES');
    expect(() => addMember('class Other {}', 'Coupon', 'a: string;')).toThrow('no class Coupon');
  });
});
