import { html, type Html } from './html.js';

/** What a template may know beside its data. */
export interface TemplateContext {
  /** Where links lead: `PUBLIC_URL` without a slash at its end. */
  readonly publicUrl: string;
}

/** A message as people see it; the HTML and the text say the same. */
export interface MailContent {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Turns data into a message; pure, so that the same data always gives the same message. */
export type MailTemplate<Data> = (data: Data, context: TemplateContext) => MailContent;

/** The page around the content of every HTML mail. */
export function mailPage(title: string, content: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <title>${title}</title>
      </head>
      <body
        style="margin:0;padding:24px;font-family:sans-serif;font-size:16px;line-height:1.5;color:#1a1a1a;background:#ffffff"
      >
        <div style="max-width:560px;margin:0 auto">
          <h1 style="font-size:20px">${title}</h1>
          ${content}
        </div>
      </body>
    </html> `.toString();
}
