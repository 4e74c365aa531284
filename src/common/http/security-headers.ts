const CONTENT_SECURITY_POLICY = "default-src 'none'; frame-ancestors 'none'";

const ALWAYS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': CONTENT_SECURITY_POLICY,
};

/** Header fields of every answer, refusals included; a page such as Swagger UI may replace its policy. */
export function securityHeaders(options: { strictTransportSecurity: boolean }): Readonly<Record<string, string>> {
  return options.strictTransportSecurity
    ? { ...ALWAYS, 'strict-transport-security': 'max-age=31536000; includeSubDomains' }
    : ALWAYS;
}
