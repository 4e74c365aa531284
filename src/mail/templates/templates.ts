import type { AccountMailData } from './account-mails.js';
import type { OrderConfirmationData } from './order-confirmation.js';

/** Every mail there is, by the name a sender asks for it, with the data it needs. */
export interface MailData extends AccountMailData {
  'order-confirmation': OrderConfirmationData;
}

export type TemplateName = keyof MailData;

/** The data that a template needs. */
export type TemplateData<Name extends TemplateName> = MailData[Name];
