import { oneLine } from '../one-line.js';
import type { ChosenLocale } from '../locales/choose-locale.js';
import type { ActionMessage, MailMessage } from '../locales/mail-locale.js';
import type { AccountMailData } from './account-mails.js';

/** The page on which a token is used, by the mail that brings it. */
export const ACCOUNT_PAGES = {
  'verify-email': 'verify-email',
  'reset-password': 'reset-password',
  'magic-link': 'magic-link',
  'email-change-old': 'confirm-email-change',
  'email-change-new': 'confirm-email-change',
  invite: 'accept-invite',
} as const satisfies Partial<Record<keyof AccountMailData, string>>;

/** What a message says, and the values in it. */
export interface ComposedMessage {
  readonly message: MailMessage;
  readonly values: Readonly<Record<string, string | null>>;
  readonly action: {
    readonly label: string;
    /** Path below the shop. */
    readonly page: string;
    readonly token: string | null;
    /** Only the shop's own pages have it, none of ours. */
    readonly isOfStorefront: boolean;
    /** Our own page that does the same where the shop has none. */
    readonly builtInPage?: string | undefined;
    /** A page of somebody else's, instead of one of the shop. */
    readonly url?: string;
  } | null;
}

/** The message of an account mail, its values written as the language does. */
export function accountMessage<Name extends keyof AccountMailData>(
  name: Name,
  data: AccountMailData[Name],
  { messages, tag }: ChosenLocale,
): ComposedMessage {
  const message: MailMessage | ActionMessage = messages.account[name];
  const values: Record<string, string | null> = {};
  for (const [key, value] of Object.entries(data as Record<string, unknown>)) values[key] = written(value, tag);
  const { minutes, hours, days, method } = data as {
    minutes?: number;
    hours?: number;
    days?: number;
    method?: 'totp' | 'passkey';
  };
  const lifeMinutes = minutes ?? (hours === undefined ? days && days * 1440 : hours * 60);
  if (lifeMinutes !== undefined) values.lifetime = lifetime(lifeMinutes, tag);
  if (method !== undefined) values.method = messages.secondFactors[method];
  const { token } = data as { token?: string };
  if (token === undefined || !('action' in message)) return { message, values, action: null };
  // The token is in its link, and in no sentence.
  return {
    message,
    values: { ...values, token: null },
    action: {
      label: message.action,
      page: `account/${ACCOUNT_PAGES[name as keyof typeof ACCOUNT_PAGES]}`,
      token,
      isOfStorefront: false,
    },
  };
}

function written(value: unknown, tag: string): string | null {
  if (Array.isArray(value)) return new Intl.ListFormat(tag).format(value.map((item) => oneLine(String(item))));
  if (typeof value === 'number') return new Intl.NumberFormat(tag).format(value);
  return typeof value === 'string' ? oneLine(value) : null;
}

/** 30 minutes, 24 hours, 3 days: the largest unit that comes out even, days only from two on. */
function lifetime(minutes: number, tag: string): string {
  const [value, unit] =
    minutes >= 2880 && minutes % 1440 === 0
      ? [minutes / 1440, 'day']
      : minutes >= 60 && minutes % 60 === 0
        ? [minutes / 60, 'hour']
        : [minutes, 'minute'];
  return new Intl.NumberFormat(tag, { style: 'unit', unit, unitDisplay: 'long' }).format(value);
}
