import type { INestApplication } from '@nestjs/common';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { ModulesContainer } from '@nestjs/core';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { HEADERS, PARAMETERS } from './components.js';
import {
  type Answer,
  argumentClass,
  completeOperation,
  type Controller,
  completePathParameter,
  type Operation,
  problemAnswer,
  SHARED_ANSWERS,
} from './operations.js';
import { type DocumentedProblem, OAUTH_ERROR_SCHEMA, PROBLEM_DETAILS_SCHEMA, problemExample } from './problems.js';
import type { Schema, Schemas } from './schema.js';
import { completeSchemas } from './schemas.js';

const VERSION = '1.0.0';
const DESCRIPTION = `The commerce backend a team owns: accounts, catalogue, stock, orders and payments.

Conventions that hold everywhere:

- **Sign in** with \`POST /api/v1/auth/login\` and send the \`accessToken\` as a bearer token. \`x-permission\` tells who may call an operation:
  anyone (\`public\`), any user for what is theirs (\`signed-in\`), or holders of one of the scopes listed.
- **Money** is \`{ "amount": 1999, "currency": "EUR" }\`: whole minor units, never a fraction.
- **Instants** are ISO 8601 in UTC; **ids** are UUIDs.
- **Lists** answer \`{ data, nextCursor }\`. Pass \`nextCursor\` as \`cursor\` for the next page; \`Link\` holds its address.
- **Errors** are RFC 9457 problem details. Switch on \`code\`; each operation lists those it can answer with.
- **Retries** are safe with an \`Idempotency-Key\`: one effect and one answer per key.
- **Lost updates** are prevented by \`If-Match\` with the \`ETag\` of what was read.
- **Limits** are told by \`RateLimit\`; after a 429 wait for \`Retry-After\` seconds.
- Every GET also answers to HEAD, and every path to OPTIONS.`;

/** The topics of the document in its order, by group: what most readers come for is first. */
const TAG_GROUPS: Readonly<Record<string, readonly (readonly [name: string, description: string])[]>> = {
  Shop: [
    ['products', 'The catalogue: products with their variants and prices, and search.'],
    ['categories', 'The tree that products are sorted into.'],
    ['inventory', 'How much of each variant is there, and why.'],
    ['orders', 'Place, read, change and cancel orders.'],
    ['payments', 'Pay orders, and book or give up what was authorised.'],
  ],
  'Signing in': [
    ['auth', 'Register, sign in, keep signed in, and mend what was forgotten.'],
    ['sessions', 'See where an account is signed in, and end it there.'],
    ['passkeys', 'Sign in without a password, or with a passkey as second factor.'],
    ['mfa', 'Authenticator apps, recovery codes, and the second step of signing in.'],
    ['identities', 'Sign in with other providers (OpenID Connect).'],
  ],
  People: [
    ['users', 'Your own account, and for staff everyone’s.'],
    ['addresses', 'Your address book.'],
    ['consents', 'What people agreed to, and when.'],
    ['privacy', 'Take all data along, or have it erased.'],
    ['customer-groups', 'Customers who are treated alike.'],
  ],
  'Staff and machines': [
    ['roles', 'Named sets of scopes.'],
    ['invites', 'Ask people to join the staff.'],
    ['api-keys', 'Keys of programs, with scopes and an end.'],
    ['oauth', 'Short-lived tokens for the holders of keys (RFC 6749).'],
  ],
  Operating: [
    ['audit-log', 'Who did what, when and from where.'],
    ['operations', 'Long-running work.'],
    ['signing-keys', 'Keys that sign access tokens, and their public halves.'],
    ['health', 'Whether the service runs and can serve.'],
  ],
};
const TAGS = Object.values(TAG_GROUPS).flat();

type PathItem = Record<string, Operation>;

/**
 * The OpenAPI 3.1 document of the running application, made from its controllers and DTO classes.
 *
 * @throws when two operations have one name, a tag is not described, or a reference leads nowhere.
 */
export function buildOpenApiDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Storehouse')
    .setDescription(DESCRIPTION)
    .setVersion(VERSION)
    .setLicense('MIT', 'https://spdx.org/licenses/MIT.html')
    .setOpenAPIVersion('3.1.0')
    .addServer('/', 'This server')
    .addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description:
          'The `accessToken` of a login, registration or refresh, an API key, or the `access_token` of a service account.',
      },
      'bearer',
    )
    .addBasicAuth(
      { type: 'http', scheme: 'basic', description: 'The id of an API key, and the key (RFC 6749 section 2.3.1).' },
      'client',
    )
    .build();
  const document = SwaggerModule.createDocument(app, config);
  const paths = withoutTwins(document.paths as unknown as Record<string, PathItem>);
  const schemas = (document.components?.schemas ?? {}) as Schemas;
  const operations = operationsOf(paths);
  schemas.ProblemDetails = PROBLEM_DETAILS_SCHEMA;
  schemas.OAuthError = OAUTH_ERROR_SCHEMA;
  const controllers = controllersOf(app);
  const bodies = operations.map(({ operation: { operationId } }) => {
    const [controller = '', handler = ''] = operationId.split('_');
    return argumentClass(controllers.get(controller), handler, RouteParamtypes.BODY);
  });
  completeSchemas(schemas, requestSchemas(operations.map(({ operation }) => operation)), bodies);
  const problems = new Map<string, DocumentedProblem>();
  for (const { path, method, operation } of operations) {
    completeOperation(operation, { path, method, schemas, problems, controllers });
  }
  refuseDuplicates(operations.map(({ operation }) => operation.operationId));
  return {
    openapi: document.openapi,
    info: document.info,
    servers: document.servers,
    tags: usedTags(operations.map(({ operation }) => operation)),
    ...tagGroups(),
    paths: sortedByTag(paths),
    components: {
      securitySchemes: document.components?.securitySchemes,
      schemas: sorted(schemas),
      parameters: PARAMETERS,
      headers: HEADERS,
      responses: sharedAnswers(),
      examples: sorted(Object.fromEntries([...problems].map(([code, problem]) => [code, problemExample(problem)]))),
    } as unknown as OpenAPIObject['components'],
  };
}

/**
 * Puts `PATCH /products/{id}` beside `GET /products/{idOrSlug}`: OpenAPI knows one path per template, whatever its parameters are called.
 */
function withoutTwins(paths: Record<string, PathItem>): Record<string, PathItem> {
  const merged = new Map<string, { path: string; item: PathItem }>();
  for (const [path, item] of Object.entries(paths)) {
    const template = path.replace(/\{[^}]+\}/g, '{}');
    const first = merged.get(template);
    if (!first) {
      merged.set(template, { path, item });
      continue;
    }
    const names = new Map(parametersIn(path).map((name, index) => [name, parametersIn(first.path)[index]!]));
    for (const parameter of Object.values(item).flatMap(({ parameters }) => parameters)) {
      if ('name' in parameter && parameter.in === 'path') {
        completePathParameter(parameter);
        parameter.name = names.get(parameter.name)!;
      }
    }
    Object.assign(first.item, item);
  }
  return Object.fromEntries([...merged.values()].map(({ path, item }) => [path, item]));
}

function parametersIn(path: string): string[] {
  return [...path.matchAll(/\{([^}]+)\}/g)].map((match) => match[1]!);
}

function operationsOf(paths: Record<string, PathItem>): { path: string; method: string; operation: Operation }[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );
}

function controllersOf(app: INestApplication): Map<string, Controller> {
  const modules = [...app.get(ModulesContainer).values()];
  const classes = modules.flatMap(({ controllers }) =>
    [...controllers.values()].map(({ metatype }) => metatype as Controller),
  );
  return new Map(classes.map((controller) => [controller.name, controller]));
}

function requestSchemas(operations: readonly Operation[]): Schema[] {
  return operations.flatMap(({ requestBody, 'x-oauth': isOAuth }) =>
    // OAuth wants members that are not known to be ignored.
    Object.values((!isOAuth && requestBody?.content) || {}).flatMap(({ schema }) => (schema ? [schema] : [])),
  );
}

function sharedAnswers(): Record<string, Answer> {
  return Object.fromEntries(
    SHARED_ANSWERS.map(({ name, problem }) => [name, problemAnswer(problem.status, [problem])]),
  );
}

function usedTags(operations: readonly Operation[]): { name: string; description: string }[] {
  const used = new Set(operations.flatMap(({ tags }) => tags ?? []));
  const unknown = [...used].filter((name) => !TAGS.some(([known]) => known === name));
  if (unknown.length > 0) throw new Error(`Describe the tag ${unknown.join(', ')} in src/docs/openapi.ts`);
  return TAGS.filter(([name]) => used.has(name)).map(([name, description]) => ({ name, description }));
}

/** An extension that documentation tools know, Redoc among them; others keep the order of the tags. */
function tagGroups(): object {
  const groups = Object.entries(TAG_GROUPS).map(([name, tags]) => ({ name, tags: tags.map(([tag]) => tag) }));
  return { 'x-tagGroups': groups };
}

function sortedByTag(paths: Record<string, PathItem>): Record<string, PathItem> {
  const rank = (item: PathItem): number => {
    const [tag] = Object.values(item)[0]?.tags ?? [];
    return TAGS.findIndex(([name]) => name === tag);
  };
  return Object.fromEntries(Object.entries(paths).sort(([, a], [, b]) => rank(a) - rank(b)));
}

function sorted<T>(members: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function refuseDuplicates(names: readonly string[]): void {
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length > 0) throw new Error(`Two operations are named ${twice.join(', ')}`);
}
