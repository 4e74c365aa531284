import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { satisfies } from './decorators.js';

const INSTANT =
  /^(?<year>\d{4})-(?<month>0[1-9]|1[0-2])-(?<day>\d{2})T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-](0\d|1[0-4]):[0-5]\d)$/;

/** True for an instant of RFC 3339 that exists in the calendar: date, time and zone, in the years 1 to 9999. */
export function isInstant(value: unknown): value is string {
  const parts = typeof value === 'string' ? INSTANT.exec(value)?.groups : undefined;
  if (!parts) return false;
  const [year, month, day] = [Number(parts.year), Number(parts.month), Number(parts.day)];
  // A year below 100 would be taken for one of the last century; 2000 years on, the calendar is the same.
  const date = new Date(Date.UTC(year + 2000, month - 1, day));
  return year > 0 && date.getUTCDate() === day && day > 0;
}

const INSTANT_RULE = 'must be an instant with a zone, such as 2026-01-15T09:30:00Z';

/** A member that must be an instant with a zone, such as `2026-01-15T09:30:00Z`. */
export const IsInstant = (): PropertyDecorator => satisfies('isInstant', isInstant, INSTANT_RULE);

/** A member that must be an instant with a zone, and is handed on as the `Date` that it names. */
export const InstantAsDate = (): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) => (isInstant(value) ? new Date(value) : value)),
    satisfies('isInstant', (value) => value instanceof Date, INSTANT_RULE),
  );

/** A member that must be a day of the calendar, such as `2026-01-15`. */
export const IsDay = (): PropertyDecorator =>
  satisfies(
    'isDay',
    (value) => typeof value === 'string' && value.length === 10 && isInstant(`${value}T00:00:00Z`),
    'must be a day, such as 2026-01-15',
  );
