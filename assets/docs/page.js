/* global window, crypto, SwaggerUIBundle */

/**
 * Fills in what a part of the document refers to, which is always in the document itself; what refers to itself stays as it is.
 *
 * Swagger UI's own way goes through all of an OpenAPI 3.1 document several times, which takes a browser many seconds for one of this size.
 */
async function resolveSubtree(document, path) {
  const find = (steps) => steps.reduce((part, step) => part?.[step], document);
  const filled = (part, within) => {
    if (typeof part !== 'object' || part === null) return part;
    if (Array.isArray(part)) return part.map((member) => filled(member, within));
    const { $ref, ...own } = part;
    const members = Object.entries(own).map(([name, member]) => [name, filled(member, within)]);
    if ($ref === undefined) return Object.fromEntries(members);
    if (within.includes($ref)) return part;
    const steps = $ref.slice('#/'.length).split('/');
    const target = find(steps.map((step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')));
    return { ...filled(target, [...within, $ref]), ...Object.fromEntries(members), $$ref: $ref };
  };
  return { spec: filled(find(path), []), errors: [] };
}

window.ui = SwaggerUIBundle({
  url: 'docs-json',
  dom_id: '#swagger-ui',
  presets: [SwaggerUIBundle.presets.apis],
  plugins: [() => ({ fn: { resolveSubtree } })],
  layout: 'BaseLayout',
  deepLinking: true,
  persistAuthorization: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  docExpansion: 'list',
  validatorUrl: null,
  requestInterceptor: (request) => {
    // The example of the document becomes a fresh key each time.
    const name = 'Idempotency-Key';
    if (request.headers && request.headers[name] === 'a-fresh-random-value-per-request') {
      const bytes = crypto.getRandomValues(new Uint8Array(16));
      request.headers[name] = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    }
    return request;
  },
});
