import type { Implementations } from '../common/extension-points.js';
import { DevelopmentMailbox } from './development-mailbox.js';
import type { MailTransport } from './mail-transport.js';
import { NoTransport } from './no-transport.js';
import { SmtpTransport } from './smtp-transport.js';

/** The ways mail can leave; the last that the settings ask for is taken. One more is one more line. */
export const MAIL_TRANSPORTS = {
  none: NoTransport,
  development: DevelopmentMailbox,
  smtp: SmtpTransport,
} satisfies Implementations<MailTransport>;
