import { orderConfirmation } from './order-confirmation.js';

/** Every mail there is, by the name a sender asks for it. */
export const TEMPLATES = {
  'order-confirmation': orderConfirmation,
} as const;

export type TemplateName = keyof typeof TEMPLATES;

/** The data that a template needs. */
export type TemplateData<Name extends TemplateName> = Parameters<(typeof TEMPLATES)[Name]>[0];
