import { createRequire } from 'node:module';
import type Handlebars from 'handlebars';

type Compiled = Map<string, Handlebars.TemplateDelegate>;

/** Loaded with the first text: processes that only serve requests write no mail. */
let handlebars: typeof Handlebars | undefined;
const texts: Compiled = new Map();
const markups: Compiled = new Map();

/** Fills plain text: values stay as they are. @throws Error when the text names a value that is not there. */
export function filledText(text: string, values: object): string {
  return fill(texts, text, true, values);
}

/** Fills HTML: every value is escaped. @throws Error when the HTML names a value that is not there. */
export function filledHtml(markup: string, values: object): string {
  return fill(markups, markup, false, values);
}

/** Templates are those of the code, so what is kept of them is bounded. */
function fill(compiled: Compiled, source: string, noEscape: boolean, values: object): string {
  let template = compiled.get(source);
  if (!template) {
    handlebars ??= createRequire(import.meta.url)('handlebars') as typeof Handlebars;
    template = handlebars.compile(source, { strict: true, knownHelpersOnly: true, noEscape });
    compiled.set(source, template);
  }
  return template(values);
}
