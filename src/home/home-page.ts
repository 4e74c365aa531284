import { html, type Html, type Page } from '../common/http/page.js';
import type { Environment } from '../config/environment.js';

export const DESCRIPTION =
  'The commerce backend a team owns: accounts, catalogue, stock, orders and payments behind one documented HTTP API.';

/** Something a visitor may want to open. */
export interface Door {
  /** In the JSON index. */
  readonly name: string;
  /** Relative to `/`. */
  readonly path: string;
  readonly title: string;
  readonly text: string;
}

const DOORS: readonly Door[] = [
  { name: 'docs', path: 'docs', title: 'API documentation', text: 'Every operation, with examples to try out here.' },
  {
    name: 'openapi',
    path: 'docs-json',
    title: 'OpenAPI document',
    text: 'The same for generators of clients, as JSON.',
  },
  { name: 'health', path: 'health/ready', title: 'Health', text: 'Whether this copy can serve requests now.' },
  {
    name: 'security',
    path: '.well-known/security.txt',
    title: 'Report a weakness',
    text: 'Whom to tell, and until when that holds.',
  },
];
const DEVELOPMENT_DOORS: readonly Door[] = [
  { name: 'mail', path: 'dev/mail', title: 'Mailbox', text: 'Mail of this shop, kept here instead of being sent.' },
  {
    name: 'mailTemplates',
    path: 'dev/mail/templates',
    title: 'Mail templates',
    text: 'Every mail in every language, with sample data.',
  },
];

/** @param hasMailbox Whether mail is kept here instead of being sent. */
export function doorsOf(hasMailbox: boolean): readonly Door[] {
  return hasMailbox ? [...DOORS.slice(0, 2), ...DEVELOPMENT_DOORS, ...DOORS.slice(2)] : DOORS;
}

/** The page at `/`. */
export function homePage({ PUBLIC_URL, isProduction }: Environment, doors: readonly Door[]): Page {
  const api = `${PUBLIC_URL.replace(/\/+$/, '')}/api/v1`;
  return {
    title: 'Storehouse',
    root: './',
    links: [{ href: 'docs', text: 'Docs' }],
    body: html`<h1>Storehouse</h1>
      <p class="lede">${DESCRIPTION}</p>
      <ul class="cards">
        ${doors.map(
          ({ path, title, text }) =>
            html`<li>
              <a href="${path}"><b>${title}</b> <span>${text}</span></a>
            </li>`,
        )}
      </ul>
      <h2>First steps</h2>
      <ol class="steps">
        <li>Read the catalogue, which anyone may. ${command(`curl '${api}/products?limit=3'`)}</li>
        <li>
          Register, and keep the <code>accessToken</code> of the answer.
          ${command(
            `curl ${api}/auth/register -H 'Content-Type: application/json' \\
  -d '{"email": "you@example.com", "password": "seven quiet lanterns", "name": "Ada"}'`,
          )}
        </li>
        <li>
          Open the <a href="docs">documentation</a>, press “Authorize”, paste the token, and place an order with “Try it
          out”.
        </li>
        ${isProduction ? [] : DEVELOPMENT_STEPS}
      </ol>`,
  };
}

/** What only a copy on one's own machine has. */
const DEVELOPMENT_STEPS = html`<li>
  Manage the shop as admin: the start has printed how to sign in, and <code>.storehouse/admin.json</code> keeps it.
</li>`;

function command(text: string): Html {
  return html`<pre tabindex="0"><code>${text}</code></pre>`;
}
