import type { AccountMailData } from './account-mails.js';
import type { OrderMailData } from './order-mails.js';

/** Every mail there is, by the name a sender asks for it, with the data it needs. */
export interface MailData extends AccountMailData, OrderMailData {}

export type TemplateName = keyof MailData;

/** The data that a template needs. */
export type TemplateData<Name extends TemplateName> = MailData[Name];
