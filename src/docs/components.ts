/** Header fields, parameters and answers that many operations share. */

interface Header {
  description: string;
  schema: Record<string, unknown>;
}

const text = (description: string, example: string, more: Record<string, unknown> = {}): Header => ({
  description,
  schema: { type: 'string', maxLength: 2000, examples: [example], ...more },
});

export const HEADERS: Readonly<Record<string, Header>> = {
  'X-Request-Id': text(
    'Names the request in logs; the one you sent, if it was usable.',
    '01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f',
  ),
  ETag: text('Version and digest of the resource, for `If-Match` and `If-None-Match`.', '"3-q1Zr0pB0cG3p8w2K"'),
  Location: text('Where the created resource is.', '/api/v1/orders/01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f', {
    format: 'uri-reference',
  }),
  Link: text('The next page, while there is one (RFC 8288).', '</api/v1/orders?limit=20&cursor=bmV4dA>; rel="next"'),
  RateLimit: text('What is left of the limit, and the seconds until it starts anew.', '"read";r=599;t=60'),
  'RateLimit-Policy': text('The limit: requests per window of so many seconds.', '"read";q=600;w=60'),
  'Retry-After': {
    description: 'Seconds to wait before the request is repeated.',
    schema: { type: 'integer', minimum: 1, maximum: 86_400, examples: [12] },
  },
  'Idempotent-Replayed': text(
    'Sent when this is the stored answer of an earlier request with the same `Idempotency-Key`.',
    'true',
    {
      enum: ['true'],
    },
  ),
  'WWW-Authenticate': text(
    'How to sign in, and what was wrong with the token (RFC 6750).',
    'Bearer realm="storehouse", error="invalid_token"',
  ),
};

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  schema: { type: 'string', minLength: 1, maxLength: 257, pattern: '^[\\x21-\\x7e]+$' },
};

/** Swagger UI sends a fresh key each time in place of this one. */
export const SAMPLE_IDEMPOTENCY_KEY = 'a-fresh-random-value-per-request';

export const PARAMETERS: Readonly<Record<string, Record<string, unknown>>> = {
  IdempotencyKey: {
    ...IDEMPOTENCY_KEY,
    required: false,
    description:
      'Makes a retry safe: a fresh random value for each intended effect, the same one on every retry. A repeat gets the first answer. ' +
      'Who is not signed in sends at least 22 characters, such as a UUID: a shorter key counts together with the network address.',
  },
  RequiredIdempotencyKey: {
    ...IDEMPOTENCY_KEY,
    required: true,
    description:
      'A fresh random value for each intended effect, the same one on every retry. A repeat gets the first answer and has no second effect.',
    example: SAMPLE_IDEMPOTENCY_KEY,
  },
  IfMatch: {
    name: 'If-Match',
    in: 'header',
    required: false,
    description:
      'The `ETag` the change is based on; 412 when the resource has changed since. Without it the last change wins.',
    schema: { type: 'string', maxLength: 1000 },
  },
  IfNoneMatch: {
    name: 'If-None-Match',
    in: 'header',
    required: false,
    description: 'The `ETag` you have; 304 without a body when it is still the current one.',
    schema: { type: 'string', maxLength: 1000 },
  },
};

export const headerRef = (name: string): { $ref: string } => ({ $ref: `#/components/headers/${name}` });
export const parameterRef = (name: string): { $ref: string } => ({ $ref: `#/components/parameters/${name}` });
