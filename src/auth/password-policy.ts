import { Injectable } from '@nestjs/common';
import { canonicalEmail } from '../common/validation/email-address.js';
import { Environment } from '../config/environment.js';
import { PasswordRejectedError } from './auth.errors.js';
import { Passwords } from './passwords.js';
import { LeakedPasswords } from './passwords/leaked-passwords.js';
import { PasswordStrength } from './passwords/password-strength.js';
import type { StrengthAnswer } from './passwords/password-strength.worker.js';

/** Phrases of at least 15 letters that lists of leaked passwords hold, in lower case without blanks. */
const COMMON_PHRASES: ReadonlySet<string> = new Set(
  `
  correcthorsebatterystaple thequickbrownfox thequickbrownfoxjumpsoverthelazydog loremipsumdolorsitamet
  maytheforcebewithyou tobeornottobethatisthequestion todayisagoodday thisismypassword thisisapassword
  thisisnotmypassword mypasswordispassword mypasswordissecret mynameisinigomontoya openthisdoorplease
  letmeinpleasenow iloveyouforever iloveyousomuch iloveyouverymuch iloveyoumorethan iloveyoumyfamily imissyousomuch
  whatisthepassword whatismypassword idontknowmypassword idontknowthepassword iforgotmypassword iforgotthepassword
  dontforgetthispassword enteryourpassword enterpasswordhere passwordpasswordpassword notarealpassword
  averysecurepassword averystrongpassword verystrongpassword verysecurepassword supersecretpassword
  mysupersecretpassword mysecretpassword thebestpasswordever youwillneverguess youllneverguessthis
  youllneverwalkalone hakunamatatahakunamatata supercalifragilisticexpialidocious onetwothreefourfive
  onceuponatimeinthewest harrypotterharrypotter jesuslovesyousomuch jesusismysavior godisgoodallthetime
  ingodwetrustamen liverpoolfootballclub manchesterunitedfc realmadridforever microsoftwindows
  abcdefghijklmnopqrstuvwxyz zyxwvutsrqponmlkjihgfedcba
  `.match(/\S+/g),
);

/** Least length while the password stands alone, without a second factor (NIST SP 800-63B-4 section 3.1.1.2). */
export const SHORTEST_PASSWORD = 15;
export const LONGEST_PASSWORD = 256;
const SITE_NAME = 'storehouse';
/** A shorter name is found in too many words by chance. */
const SHORTEST_TELLING_NAME = 5;
/** A stolen argon2id hash then holds out against a good guesser for months, and a sign-in for ever. */
const LEAST_GUESSES_LOG10 = 10;
/** Share of characters that may follow from the one before (1 after 0, w after q, a after a). */
const MOST_PREDICTABLE = 0.75;

const ROWS = [
  'abcdefghijklmnopqrstuvwxyz',
  '0123456789',
  '1234567890',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiop',
  'azertyuiop',
];

const MESSAGES = {
  too_short: `must be at least ${SHORTEST_PASSWORD} characters long`,
  too_long: `must be at most ${LONGEST_PASSWORD} characters long`,
  contains_email: 'must not contain your e-mail address',
  contains_site_name: 'must not contain the name of this site',
  contains_name: 'must not contain your name',
  repetitive: 'must not be a repetition or a sequence',
  common: 'must not be made of the most common passwords',
  breached: 'is in a list of leaked passwords, as it is or with little added; choose another one',
  guessable: 'is too easy to guess; add another word or two',
} as const;

/** Why a password is refused, in the form of a field error. */
export interface PasswordObjection {
  code: keyof typeof MESSAGES;
  message: string;
}

/** Whose password it is: what they are called must not be in it. */
export interface PasswordOwner {
  email: string;
  name?: string | null;
}

/**
 * The one rule for new passwords, wherever one is chosen: registering, changing, resetting, accepting an invitation.
 *
 * Length counts, and being hard to guess; there are no rules on kinds of characters (NIST SP 800-63B-4 section 3.1.1.2). Lengths are in
 * Unicode characters after NFC.
 */
@Injectable()
export class PasswordPolicy {
  private readonly siteNames: readonly string[];

  constructor(
    private readonly leaked: LeakedPasswords,
    private readonly strength: PasswordStrength,
    private readonly passwords: Passwords,
    environment: Environment,
  ) {
    const shop = lettersOf(/^[^<]*/.exec(environment.MAIL_FROM)![0]);
    this.siteNames = [...new Set([SITE_NAME, shop])].filter((name) => name.length >= SHORTEST_TELLING_NAME);
  }

  /**
   * The hash of an acceptable password. It takes tens of milliseconds: call it before a transaction, not inside one.
   *
   * @param pointer The member that holds the password, as a JSON Pointer; `/password` when absent.
   * @throws PasswordRejectedError with the reason; TemporarilyUnavailableError when too many passwords are being judged.
   */
  async hash(password: string, owner: PasswordOwner, pointer?: string): Promise<string> {
    const objection = await this.objectionTo(password, owner);
    if (objection) throw new PasswordRejectedError(objection, pointer);
    return this.passwords.hash(password);
  }

  /** What speaks against a password, or null when nothing does. @throws TemporarilyUnavailableError */
  async objectionTo(password: string, owner: PasswordOwner): Promise<PasswordObjection | null> {
    const code = await this.reasonAgainst(password.normalize('NFC'), owner);
    return code && { code, message: MESSAGES[code] };
  }

  private async reasonAgainst(password: string, owner: PasswordOwner): Promise<PasswordObjection['code'] | null> {
    const length = [...password].length;
    if (length < SHORTEST_PASSWORD) return 'too_short';
    if (length > LONGEST_PASSWORD) return 'too_long';
    const lower = password.toLowerCase();
    if (containsEmail(lower, canonicalEmail(owner.email))) return 'contains_email';
    if (this.siteNames.some((name) => lettersOf(lower).includes(name))) return 'contains_site_name';
    if (containsName(lower, owner.name)) return 'contains_name';
    if (isRepetitive(lower)) return 'repetitive';
    if (COMMON_PHRASES.has(lettersOf(lower))) return 'common';
    if (await this.leaked.has(password)) return 'breached';
    const estimate = await this.strength.estimate(password, this.contextOf(owner));
    return estimate.guessesLog10 < LEAST_GUESSES_LOG10 ? REASONS[estimate.mostly] : null;
  }

  /** What somebody who knows the person and the shop would try. */
  private contextOf({ email, name }: PasswordOwner): string[] {
    const words = `${canonicalEmail(email)} ${name ?? ''}`.toLowerCase().split(/[^\p{L}\p{N}]+/u);
    return [...this.siteNames, ...words].filter((word) => word.length > 2);
  }
}

const REASONS: Readonly<Record<StrengthAnswer['mostly'], PasswordObjection['code']>> = {
  leaked: 'common',
  repetitive: 'repetitive',
  other: 'guessable',
};

function lettersOf(text: string): string {
  return text
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}]+/gu, '');
}

function containsEmail(lower: string, email: string): boolean {
  const local = email.slice(0, email.lastIndexOf('@'));
  return lower.includes(email) || (local.length >= SHORTEST_TELLING_NAME && lower.includes(local));
}

/** Only the whole name is refused; its parts may be words, and count as easy to guess. */
function containsName(lower: string, name: string | null | undefined): boolean {
  const letters = lettersOf(name ?? '');
  return letters.length >= SHORTEST_TELLING_NAME && lettersOf(lower).includes(letters);
}

/** True for `aaaa…`, `1234…`, `qwert…` and what is nearly so. */
function isRepetitive(lower: string): boolean {
  const characters = [...lower];
  if (new Set(characters).size < 5) return true;
  const predictable = characters.filter(
    (character, index) => index > 0 && isNext(characters[index - 1]!, character),
  ).length;
  return predictable / (characters.length - 1) > MOST_PREDICTABLE;
}

function isNext(before: string, after: string): boolean {
  if (before === after) return true;
  return ROWS.some((row) => {
    const [from, to] = [row.indexOf(before), row.indexOf(after)];
    return from >= 0 && to >= 0 && Math.abs(from - to) === 1;
  });
}
