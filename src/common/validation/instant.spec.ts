import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { InstantAsDate, IsDay, isInstant } from './instant.js';

class Deadline {
  @InstantAsDate()
  at: Date;

  @IsDay()
  day: string;
}

const read = (at: unknown, day: unknown): Deadline => plainToInstance(Deadline, { at, day });

describe('isInstant', () => {
  it.each([
    '2026-01-15T09:30:00Z',
    '2026-01-15T09:30Z',
    '2024-02-29T23:59:59.123456789+14:00',
    '0001-01-01T00:00:00-05:30',
    '9999-12-31T23:59:59Z',
  ])('takes %s', (text) => expect(isInstant(text)).toBe(true));

  it.each([
    '2026-01-15',
    '2026-01-15T09:30:00',
    '2026-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-15T24:00:00Z',
    '2016-12-31T23:59:60Z',
    '2026-01-15T09:30:00+15:00',
    '0000-01-01T00:00:00Z',
    '10000-01-01T00:00:00Z',
    '+010000-01-01T00:00:00Z',
    '20260115T093000Z',
    '2026-W03-4T00:00:00Z',
    '2026-015T00:00:00Z',
    '2026-01-15 09:30:00Z',
    '2026-01-15t09:30:00z',
    '1768469400',
    1768469400,
    null,
  ])('refuses %s', (text) => expect(isInstant(text)).toBe(false));
});

describe('InstantAsDate', () => {
  it('hands on the Date that an instant names, whatever its zone', () => {
    const deadline = read('2026-01-15T10:30:00+01:00', '2026-01-15');
    expect(deadline.at).toEqual(new Date('2026-01-15T09:30:00Z'));
    expect(validateSync(deadline)).toEqual([]);
  });

  it.each(['2026-02-30T00:00:00Z', '2026-01-15', 1768469400, null, undefined])('refuses %s', (at) => {
    expect(validateSync(read(at, '2026-01-15')).map(({ property }) => property)).toEqual(['at']);
  });
});

describe('IsDay', () => {
  it.each(['2026-01-15', '2024-02-29'])('takes %s', (day) => {
    expect(validateSync(read('2026-01-15T00:00:00Z', day))).toEqual([]);
  });

  it.each(['2026-02-29', '2026-1-15', '2026-01-15T00:00', '15.01.2026', 20260115, null])('refuses %s', (day) => {
    expect(validateSync(read('2026-01-15T00:00:00Z', day)).map(({ property }) => property)).toEqual(['day']);
  });
});
