import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsEmail, MaxLength } from 'class-validator';

/** The longest address that mail can be sent to (RFC 5321 section 4.5.3.1.3, erratum 1690). */
const MAX_LENGTH = 254;

/** The one spelling under which an address is looked up: trimmed, composed (NFC), lower case. */
export function canonicalEmail(email: string): string {
  return email.trim().normalize('NFC').toLowerCase().normalize('NFC');
}

/** A member that must be an e-mail address; blanks around it are dropped. */
export const IsEmailAddress = (): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value)),
    IsEmail({}, { message: 'must be an e-mail address' }),
    MaxLength(MAX_LENGTH),
  );
