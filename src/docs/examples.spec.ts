import { exampleOf } from './examples.js';
import type { Schemas } from './schema.js';

const SCHEMAS: Schemas = {
  Line: {
    type: 'object',
    properties: { sku: { type: 'string', examples: ['MUG-1'] }, quantity: { type: 'integer', minimum: 2 } },
  },
  Order: {
    type: 'object',
    properties: {
      id: { type: 'string', format: 'uuid' },
      lines: { type: 'array', items: { $ref: '#/components/schemas/Line' } },
      note: { type: ['string', 'null'] },
      placedAt: { type: 'string', format: 'date-time' },
      status: { enum: ['draft', 'placed'] },
      address: { anyOf: [{ $ref: '#/components/schemas/Line' }, { type: 'null' }] },
    },
  },
  Node: {
    type: 'object',
    properties: {
      name: { type: 'string', example: 'root' },
      children: { type: 'array', items: { $ref: '#/components/schemas/Node' } },
    },
  },
};

describe('exampleOf', () => {
  it('assembles a body from the examples of its members', () => {
    expect(exampleOf({ $ref: '#/components/schemas/Order' }, SCHEMAS)).toEqual({
      id: '01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f',
      lines: [{ sku: 'MUG-1', quantity: 2 }],
      note: null,
      placedAt: '2026-01-15T09:30:00.000Z',
      status: 'draft',
      address: { sku: 'MUG-1', quantity: 2 },
    });
  });

  it('ends a tree where it would begin again', () => {
    expect(exampleOf({ $ref: '#/components/schemas/Node' }, SCHEMAS)).toEqual({ name: 'root', children: [] });
  });

  it('merges what is composed', () => {
    const composed = {
      allOf: [
        { $ref: '#/components/schemas/Line' },
        { type: 'object', properties: { total: { type: 'integer', default: 5 } } },
      ],
    };
    expect(exampleOf(composed, SCHEMAS)).toEqual({ sku: 'MUG-1', quantity: 2, total: 5 });
  });

  it('refuses a reference that leads nowhere', () => {
    expect(() => exampleOf({ $ref: '#/components/schemas/Missing' }, SCHEMAS)).toThrow(/Missing/);
  });
});
