import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { assetPath } from '../assets.js';
import { prefersHtml } from './content-negotiation.js';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
/** A square in the colour of the shop. */
const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" fill="#1f4d3a"/></svg>',
)}`;

/** Text that is HTML already. */
export class Html {
  constructor(readonly text: string) {}
}

type HtmlValue = Html | string | number | undefined | readonly HtmlValue[];

/** Writes HTML; whatever stands in the gaps and is not HTML itself is escaped. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return new Html(parts.map((part, index) => (index === 0 ? '' : textOf(values[index - 1])) + part).join(''));
}

function textOf(value: HtmlValue): string {
  if (value instanceof Html) return value.text;
  if (typeof value === 'object') return value.map(textOf).join('');
  return String(value ?? '').replace(/[&<>"']/g, (character) => ESCAPES[character]!);
}

/** A page for people. */
export interface Page {
  readonly title: string;
  readonly body: Html;
  /** The links of its bar after the name of the product, which leads home. */
  readonly links?: readonly { href: string; text: string }[];
  /** The way from its address to `/`: relative, so that pages also work behind a proxy that adds a path. */
  readonly root: string;
}

let style: { text: string; policy: string } | undefined;

/** True when the client would rather see a page than JSON; the answer depends on `Accept` from then on. */
export function wantsPage(request: FastifyRequest, reply: FastifyReply): boolean {
  void reply.header('vary', 'Accept, Origin');
  return prefersHtml(request.headers.accept);
}

/**
 * Writes a whole page and its header fields.
 *
 * The one style stands inside and is named in the policy by its hash; there is no script, and nothing comes from elsewhere.
 */
export function renderPage(reply: FastifyReply, { title, body, links = [], root }: Page): string {
  style ??= readStyle();
  void reply.type('text/html; charset=utf-8').header('content-security-policy', style.policy);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title}</title>
        <link rel="icon" href="${ICON}" />
        ${new Html(`<style>${style.text}</style>`)}
      </head>
      <body>
        <header class="bar">
          <div>
            <a class="brand" href="${root}">Storehouse</a>
            ${links.map(({ href, text }) => html`<a href="${href}">${text}</a> `)}
          </div>
        </header>
        <main>${body}</main>
      </body>
    </html>`.text;
}

function readStyle(): { text: string; policy: string } {
  const text = readFileSync(assetPath('page.css'), 'utf8');
  const hash = createHash('sha256').update(text).digest('base64');
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${hash}'`,
    'img-src data:',
    "frame-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return { text, policy };
}
