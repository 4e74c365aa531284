import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsString, MaxLength } from 'class-validator';
import { satisfies } from './decorators.js';

/** Longer tags are well-formed (RFC 5646 section 4.4.1), and nobody speaks them. */
const MAX_LENGTH = 35;

/** The canonical form of a language tag (BCP 47), such as `en-GB` for `EN-gb`; null for what is none. */
export function canonicalLanguageTag(text: string): string | null {
  try {
    return Intl.getCanonicalLocales(text)[0] ?? null;
  } catch {
    return null;
  }
}

/** A member that must be a language tag; it is stored in its canonical form. */
export const IsLanguageTag = (): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? (canonicalLanguageTag(value) ?? value) : value,
    ),
    IsString(),
    MaxLength(MAX_LENGTH),
    satisfies(
      'isLanguageTag',
      (value) => typeof value === 'string' && canonicalLanguageTag(value) !== null,
      'must be a language tag, such as en-GB',
    ),
  );
