import { SAMPLE_IDEMPOTENCY_KEY } from './components.js';

/**
 * Everything comes from this server and nothing stands inline but styles that Swagger UI writes on its own elements, so that a script
 * which finds its way into a text of the page cannot run.
 */
export const DOCS_CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The page around Swagger UI. Addresses are relative, so that it also works behind a proxy that adds a path. */
export const DOCS_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Storehouse API</title>
    <link rel="icon" type="image/png" href="docs/favicon-32x32.png">
    <link rel="stylesheet" href="docs/swagger-ui.css">
    <link rel="stylesheet" href="docs/page.css">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <noscript>This page needs JavaScript. The document itself is at <a href="docs-json">docs-json</a> and <a href="docs-yaml">docs-yaml</a>.</noscript>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script src="docs/page.js"></script>
  </body>
</html>
`;

export const DOCS_STYLE = `html { box-sizing: border-box; overflow-y: scroll; }
*, *::before, *::after { box-sizing: inherit; }
body { margin: 0; background: #fafafa; }
`;

export const DOCS_SCRIPT = `window.ui = SwaggerUIBundle({
  url: 'docs-json',
  dom_id: '#swagger-ui',
  presets: [SwaggerUIBundle.presets.apis],
  layout: 'BaseLayout',
  deepLinking: true,
  persistAuthorization: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  docExpansion: 'list',
  validatorUrl: null,
  requestInterceptor: (request) => {
    const name = 'Idempotency-Key';
    if (request.headers && request.headers[name] === ${JSON.stringify(SAMPLE_IDEMPOTENCY_KEY)}) {
      const bytes = crypto.getRandomValues(new Uint8Array(16));
      request.headers[name] = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    }
    return request;
  },
});
`;
