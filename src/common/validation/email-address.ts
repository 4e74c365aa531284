import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsEmail, Matches, MaxLength } from 'class-validator';

/** The longest address that mail can be sent to (RFC 5321 section 4.5.3.1.3, erratum 1690). */
const MAX_LENGTH = 254;

/** The one spelling under which an address is looked up: trimmed, composed (NFC), lower case. */
export function canonicalEmail(email: string): string {
  return email.trim().normalize('NFC').toLowerCase().normalize('NFC');
}

/** The domain of addresses that stand for people who have been erased; nothing is ever delivered there (RFC 2606 section 2). */
const ERASED_DOMAIN = '@erased.invalid';

/** What stands in for the address of a person who has been erased. */
export function erasedEmailOf(userId: string): string {
  return `erased-${userId}${ERASED_DOMAIN}`;
}

/** True for an address that stands for somebody who has been erased; no mail goes there. */
export function isErasedEmail(email: string): boolean {
  return email.endsWith(ERASED_DOMAIN);
}

/** A member that must be an e-mail address; blanks around it are dropped. */
export const IsEmailAddress = (): PropertyDecorator =>
  applyDecorators(
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? value.trim() : value)),
    IsEmail({}, { message: 'must be an e-mail address' }),
    MaxLength(MAX_LENGTH),
    // Nobody takes the place of somebody who is gone.
    Matches(/^(?!.*@erased\.invalid$)/i, { message: 'must be an e-mail address' }),
  );
