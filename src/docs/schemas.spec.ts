import {
  ArrayMaxSize,
  IsArray,
  IsEmail,
  IsInt,
  IsISO8601,
  IsOptional,
  IsUUID,
  Matches,
  Max,
  MaxLength,
  Min,
} from 'class-validator';
import { IsCurrencyCode } from '../common/money/money.dto.js';
import { refTo, type Schema, type Schemas } from './schema.js';
import { completeSchema, completeSchemas } from './schemas.js';

class ListedDto {
  @IsInt()
  @Min(1)
  @Max(9)
  count: number;
}

/** Its validators are read from the class. */
class DocumentedDto extends ListedDto {
  @IsEmail()
  @MaxLength(254)
  email: string;

  @IsOptional()
  @IsISO8601()
  since?: string | null;

  @IsCurrencyCode()
  currency: string;

  @IsArray()
  @ArrayMaxSize(3)
  @IsUUID(undefined, { each: true })
  @Matches(/^0/, { each: true })
  ids: string[];
}

const complete = (schema: Schema, name?: string): Schema => {
  completeSchema(schema, name);
  return schema;
};

describe('completeSchemas', () => {
  const plain = (): Schemas => ({
    DocumentedDto: {
      type: 'object',
      properties: {
        count: { type: 'number' },
        email: { type: 'string' },
        since: { type: ['string', 'null'] },
        currency: { type: 'string' },
        ids: { type: 'array', items: { type: 'string' } },
      },
    },
    Answer: { type: 'object', properties: { amount: { type: 'number', example: 5 } } },
  });

  it('writes down what the validators ask for, inherited and composed ones included', () => {
    const schemas = plain();
    completeSchemas(schemas, [{ $ref: refTo(DocumentedDto.name) }]);
    expect(schemas.DocumentedDto!.properties).toEqual({
      count: { type: 'integer', minimum: 1, maximum: 9 },
      email: { type: 'string', format: 'email', maxLength: 254 },
      since: { type: ['string', 'null'], format: 'date-time' },
      currency: { type: 'string', pattern: '^[A-Z]{3}$', minLength: 3, maxLength: 3 },
      ids: { type: 'array', maxItems: 3, items: { type: 'string', format: 'uuid', pattern: '^0' } },
    });
  });

  it('forbids unknown members in requests, and leaves answers open', () => {
    const schemas = plain();
    completeSchemas(schemas, [{ $ref: refTo(DocumentedDto.name) }]);
    expect(schemas.DocumentedDto!.additionalProperties).toBe(false);
    expect(schemas.Answer).not.toHaveProperty('additionalProperties');
  });
});

describe('completeSchema', () => {
  it('knows only whole numbers, within what JavaScript holds exactly', () => {
    expect(complete({ type: ['number', 'null'], example: 5 })).toEqual({
      type: ['integer', 'null'],
      minimum: Number.MIN_SAFE_INTEGER,
      maximum: Number.MAX_SAFE_INTEGER,
      examples: [5],
    });
    expect(complete({ type: 'number', format: 'double' })).toEqual({ type: 'number', format: 'double' });
  });

  it.each([
    [{ type: 'string', example: '01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f' }, 'any', 'uuid'],
    [{ type: 'string', example: '2026-01-15T09:30:00.000Z' }, 'any', 'date-time'],
    [{ type: ['string', 'null'] }, 'parentId', 'uuid'],
    [{ type: ['string', 'null'] }, 'paidAt', 'date-time'],
    [{ type: 'string' }, 'newPassword', 'password'],
    [{ type: 'string', example: 'MUG-1' }, 'externalId', undefined],
    [{ type: 'string', enum: ['a'] }, 'createdAt', undefined],
    [{ type: 'string', pattern: '^a' }, 'itemId', undefined],
    [{ type: 'string' }, 'format', undefined],
  ])('reads from %j named %s the format %s', (schema, name, format) => {
    expect(complete({ ...schema }, name).format).toBe(format);
  });

  it('takes the wrapper off a reference', () => {
    expect(complete({ description: 'x', allOf: [{ $ref: '#/a' }] })).toEqual({ description: 'x', $ref: '#/a' });
  });
});
