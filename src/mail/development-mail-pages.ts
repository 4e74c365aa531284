import { html, type Html, type Page } from '../common/http/page.js';
import { type KeptMail, LINK } from './development-mailbox.js';
import type { MailContent } from './templates/mail-template.js';

/** A template in one language. */
interface ListedTemplate {
  readonly name: string;
  readonly locale: string;
  readonly subject: string;
}

/** Relative addresses: `root` leads from a page to `/`. */
const linksOf = (root: string): Page['links'] => [
  { href: `${root}dev/mail`, text: 'Mailbox' },
  { href: `${root}dev/mail/templates`, text: 'Templates' },
  { href: `${root}docs`, text: 'Docs' },
];

/** The mailbox: the newest mails, newest first. @param to Whose, when not everyone’s. */
export function mailboxPage(mails: readonly KeptMail[], to: string | undefined): Page {
  const root = '../';
  return {
    title: 'Mailbox',
    root,
    links: linksOf(root),
    body: html`<div class="head">
        <div>
          <h1>Mailbox</h1>
          <p class="soft">Mail is kept here in development, newest first, and nobody else gets it.</p>
        </div>
        <form class="tools" action="mail">
          <input type="search" name="to" value="${to}" placeholder="Only to this address" aria-label="Only mails to" />
          <button type="submit">Refresh</button>
        </form>
      </div>
      <div class="sheet">
        ${
          mails.length === 0
            ? html`<p class="empty">${to === undefined ? 'No mail yet.' : `No mail to ${to} yet.`}</p>`
            : html`<table>
                <thead>
                  <tr>
                    <th scope="col">Subject</th>
                    <th scope="col">To</th>
                    <th scope="col">Sent (UTC)</th>
                  </tr>
                </thead>
                <tbody>
                  ${mails.map(
                    (mail) =>
                      html`<tr>
                        <td><a href="mail/${encodeURIComponent(mail.id)}">${mail.subject}</a></td>
                        <td>${mail.to}</td>
                        <td>${timeOf(mail)}</td>
                      </tr>`,
                  )}
                </tbody>
              </table>`
        }
      </div>`,
  };
}

/** One mail of the mailbox. */
export function mailPage(mail: KeptMail): Page {
  const address = encodeURIComponent(mail.id);
  return contentPage({
    content: mail,
    root: '../../',
    htmlAddress: `${address}?format=html`,
    facts: html`<dl>
      <dt>From</dt>
      <dd>${mail.from}</dd>
      <dt>To</dt>
      <dd>${mail.to}</dd>
      <dt>Sent</dt>
      <dd>${timeOf(mail)} UTC</dd>
    </dl>`,
    others: [
      { href: `${address}?format=eml`, text: 'As it was sent' },
      { href: `${address}?format=json`, text: 'As JSON' },
    ],
  });
}

/** Every template in every language. */
export function templatesPage(templates: readonly ListedTemplate[]): Page {
  const root = '../../';
  const names = new Set(templates.map(({ name }) => name));
  return {
    title: 'Mail templates',
    root,
    links: linksOf(root),
    body: html`<div class="head">
        <div>
          <h1>Mail templates</h1>
          <p class="soft">Every mail in every language, filled with sample data.</p>
        </div>
      </div>
      <div class="sheet">
        <table>
          <thead>
            <tr>
              <th scope="col">Template</th>
              <th scope="col">Subject, by language</th>
            </tr>
          </thead>
          <tbody>
            ${[...names].map(
              (name) =>
                html`<tr>
                  <td class="plain"><code>${name}</code></td>
                  <td>
                    ${templates
                      .filter((template) => template.name === name)
                      .map(
                        ({ locale, subject }) =>
                          html`<div>
                            <small>${locale}</small>
                            <a href="templates/${name}?locale=${locale}" lang="${locale}">${subject}</a>
                          </div>`,
                      )}
                  </td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>`,
  };
}

/** One template in one language. @param locale As asked for; that of the shop when undefined. */
export function templatePage(
  name: string,
  locale: string | undefined,
  locales: readonly string[],
  content: MailContent,
): Page {
  const languages = new Intl.DisplayNames('en', { type: 'language' });
  const wanted = locale === undefined ? '' : `locale=${encodeURIComponent(locale)}&`;
  return contentPage({
    content,
    root: '../../../',
    htmlAddress: `${name}?${wanted}format=html`,
    facts: html`<dl>
      <dt>Template</dt>
      <dd><code>${name}</code></dd>
      <dt>Language</dt>
      <dd>${locale ?? 'that of the shop'}</dd>
    </dl>`,
    others: [
      ...locales
        .filter((other) => other !== locale)
        .map((other) => ({ href: `${name}?locale=${other}`, text: `In ${languages.of(other)}` })),
      { href: `${name}?${wanted}format=json`, text: 'As JSON' },
    ],
  });
}

/** What a mail says: as HTML in a frame that runs nothing, and as text. */
function contentPage(view: {
  content: MailContent;
  root: string;
  htmlAddress: string;
  facts: Html;
  others: readonly { href: string; text: string }[];
}): Page {
  const { subject, text } = view.content;
  return {
    title: subject,
    root: view.root,
    links: linksOf(view.root),
    body: html`<h1>${subject}</h1>
      ${view.facts}
      <p class="tools">
        ${view.others.map(({ href, text: label }) => html`<a class="button plain" href="${href}">${label}</a> `)}
      </p>
      <h2>HTML</h2>
      <div class="sheet">
        <iframe
          src="${view.htmlAddress}"
          title="${subject}"
          sandbox="allow-popups allow-popups-to-escape-sandbox"
        ></iframe>
      </div>
      <h2>Text</h2>
      ${textBlock(text)}`,
  };
}

/** Text with its addresses as links. */
function textBlock(text: string): Html {
  const parts = text.split(LINK);
  const links = text.match(LINK) ?? [];
  return html`<pre class="text">
${parts.map((part, index) => [part, links[index] === undefined ? '' : linkTo(links[index])])}</pre>`;
}

function linkTo(address: string): Html {
  return html`<a href="${address}" target="_blank" rel="noreferrer">${address}</a>`;
}

function timeOf({ date }: KeptMail): Html {
  return html`<time datetime="${date}">${date.slice(0, 19).replace('T', ' ')}</time>`;
}
