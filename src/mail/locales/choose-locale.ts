import { de } from './de.js';
import { en } from './en.js';
import type { MailLocale } from './mail-locale.js';

/** Every language that mail speaks, by its tag. */
export const LOCALES: Readonly<Record<'en' | 'de', MailLocale>> = { en, de };

/** What mail says when nothing that is asked for is spoken. */
const LAST_RESORT = 'en';

/** A language to write in. */
export interface ChosenLocale {
  readonly messages: MailLocale;
  /** How numbers and amounts are written: the tag that was asked for when its language is spoken, so that `de-CH` has its own. */
  readonly tag: string;
}

/**
 * Looks for the language of each wish in its turn, dropping the last subtag until one is spoken (RFC 4647 section 3.4).
 *
 * @param wishes BCP 47, the dearest first; what is absent or no tag is passed over.
 */
export function chooseLocale(...wishes: readonly (string | null | undefined)[]): ChosenLocale {
  return spokenLocale(wishes) ?? { messages: LOCALES[LAST_RESORT], tag: LAST_RESORT };
}

/** As `chooseLocale`, but null when nothing that is asked for is spoken. */
export function spokenLocale(wishes: readonly (string | null | undefined)[]): ChosenLocale | null {
  for (const wish of wishes) {
    const tag = wish == null ? null : canonical(wish);
    if (tag === null) continue;
    for (let range = tag; range !== ''; range = shorten(range)) {
      if (isSpoken(range)) return { messages: LOCALES[range], tag };
    }
  }
  return null;
}

/** Without the last subtag, and without a single letter that would then be last. */
function shorten(range: string): string {
  const subtags = range.split('-').slice(0, -1);
  if (subtags.at(-1)?.length === 1) subtags.pop();
  return subtags.join('-');
}

function isSpoken(tag: string): tag is keyof typeof LOCALES {
  return Object.hasOwn(LOCALES, tag);
}

function canonical(tag: string): string | null {
  try {
    return Intl.getCanonicalLocales(tag)[0] ?? null;
  } catch {
    return null;
  }
}
