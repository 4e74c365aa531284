import { Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { type ChosenLocale, chooseLocale } from '../locales/choose-locale.js';
import { oneLine } from '../one-line.js';
import type { AccountMailData } from './account-mails.js';
import { accountMessage, type ComposedMessage } from './account-message.js';
import { MESSAGE_LAYOUT } from './compiled-layouts.js';
import { filledHtml, filledText } from './filled.js';
import type { MailAction, MailContent, MailView } from './mail-template.js';
import type { OrderMailData } from './order-mails.js';
import { orderMessage } from './order-message.js';
import { greetableName } from './person-greeting.js';
import type { MailData, TemplateName } from './templates.js';
import { TEXT_LAYOUT } from './text-layout.js';

/** Who reads a message. */
export interface MailReader {
  /** What to call them; empty when that is not known. */
  readonly name: string;
  /** BCP 47; the language of the shop when absent or not spoken. */
  readonly locale?: string | null;
}

/** Turns data into messages, in the language of the reader; the same data always gives the same message. */
@Injectable()
export class MailRenderer {
  private readonly shop: string;
  private readonly shopUrl: string;

  constructor(private readonly environment: Environment) {
    this.shopUrl = (environment.STOREFRONT_URL ?? environment.PUBLIC_URL).replace(/\/+$/, '');
    this.shop = senderName(environment.MAIL_FROM) ?? new URL(this.shopUrl).hostname;
  }

  /** @throws Error when a text names a value that the data does not have. */
  render<Name extends TemplateName>(template: Name, data: MailData[Name], reader: MailReader): MailContent {
    const locale = chooseLocale(reader.locale, this.environment.DEFAULT_LOCALE);
    const view =
      template in locale.messages.orders.mails
        ? this.orderView(template as keyof OrderMailData, data as OrderMailData[keyof OrderMailData], locale)
        : this.accountView(template as keyof AccountMailData, data as AccountMailData[keyof AccountMailData], {
            name: reader.name,
            locale,
          });
    return { subject: view.subject, text: filledText(TEXT_LAYOUT, view), html: filledHtml(MESSAGE_LAYOUT, view) };
  }

  private accountView<Name extends keyof AccountMailData>(
    template: Name,
    data: AccountMailData[Name],
    reader: { name: string; locale: ChosenLocale },
  ): MailView {
    const { messages } = reader.locale;
    const composed = accountMessage(template, data, reader.locale);
    const name = greetableName(reader.name);
    return {
      ...this.textsOf(composed, reader.locale),
      greeting: name === '' ? messages.greeting : filledText(messages.greetingByName, { name }),
      rows: [],
    };
  }

  private orderView<Name extends keyof OrderMailData>(
    template: Name,
    data: OrderMailData[Name],
    locale: ChosenLocale,
  ): MailView {
    const { rows, ...composed } = orderMessage(template, data, locale);
    return { ...this.textsOf(composed, locale), greeting: '', rows };
  }

  private textsOf(
    { message, values, action }: ComposedMessage,
    { messages, tag }: ChosenLocale,
  ): Omit<MailView, 'greeting' | 'rows'> {
    const known = { ...values, shop: this.shop };
    const filled = (texts: readonly string[]): string[] =>
      texts.map((text) => filledText(text, known)).filter((text) => text !== '');
    const paragraphs = filled(message.paragraphs);
    return {
      locale: tag,
      shop: this.shop,
      shopUrl: this.shopUrl,
      subject: oneLine(filledText(message.subject, known)),
      preview: paragraphs[0] ?? '',
      paragraphs,
      action: this.linkOf(action, messages.codeHint),
      notes: filled(message.notes),
      signature: filledText(messages.signature, known),
    };
  }

  private linkOf(action: ComposedMessage['action'], codeHint: string): MailAction | null {
    if (!action) return null;
    if (action.url !== undefined) return { label: action.label, url: action.url, codeHint, token: null };
    const hasStorefront = this.environment.STOREFRONT_URL !== undefined;
    const page = action.isOfStorefront && !hasStorefront ? action.builtInPage : action.page;
    if (page === undefined) return null;
    const { label, token } = action;
    const secret = token === null ? '' : `#token=${encodeURIComponent(token)}`;
    return { label, url: `${this.shopUrl}/${page}${secret}`, codeHint, token };
  }
}

/** `Storehouse` of `Storehouse <no-reply@shop.example>`; null when there is no name. */
function senderName(from: string): string | null {
  const name = oneLine(/^([^<]*)</.exec(from)?.[1] ?? '').replace(/^"(.*)"$/, '$1');
  return name === '' ? null : name;
}
