/* global window, crypto, SwaggerUIBundle */
window.ui = SwaggerUIBundle({
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
    // The example of the document becomes a fresh key each time.
    const name = 'Idempotency-Key';
    if (request.headers && request.headers[name] === 'a-fresh-random-value-per-request') {
      const bytes = crypto.getRandomValues(new Uint8Array(16));
      request.headers[name] = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    }
    return request;
  },
});
