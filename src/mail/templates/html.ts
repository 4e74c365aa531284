/** HTML that has been escaped already and may stand inside other HTML. */
export class Html {
  constructor(private readonly markup: string) {}

  toString(): string {
    return this.markup;
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Builds HTML in which every inserted value is escaped; only what `html` itself made is taken as it is.
 *
 * Lists are joined without a separator. Attributes must be quoted in the template.
 */
export function html(
  parts: TemplateStringsArray,
  ...values: readonly (Html | string | number | readonly Html[])[]
): Html {
  return new Html(parts.reduce((markup, part, index) => markup + render(values[index - 1]!) + part));
}

function render(value: Html | string | number | readonly Html[]): string {
  if (value instanceof Html) return value.toString();
  if (Array.isArray(value)) return value.join('');
  return String(value).replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
