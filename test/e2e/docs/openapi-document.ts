import { readFileSync } from 'node:fs';

export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, JsonSchema>;
  items?: JsonSchema;
  allOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  additionalProperties?: boolean | JsonSchema;
  examples?: unknown[];
  [keyword: string]: unknown;
}

export interface DocumentedParameter {
  name: string;
  in: string;
  required?: boolean;
  schema: JsonSchema;
  example?: unknown;
  $ref?: string;
}

export interface DocumentedMedia {
  schema: JsonSchema;
  example?: unknown;
  examples?: Record<string, { $ref: string }>;
}

export interface DocumentedAnswer {
  $ref?: string;
  description: string;
  headers?: Record<string, { $ref: string }>;
  content?: Record<string, DocumentedMedia>;
}

export interface DocumentedOperation {
  operationId: string;
  summary: string;
  tags: string[];
  parameters: DocumentedParameter[];
  requestBody?: { required?: boolean; content: Record<string, DocumentedMedia> };
  responses: Record<string, DocumentedAnswer>;
  security: Record<string, string[]>[];
  'x-permission': string;
}

export interface OpenApiDocument {
  openapi: string;
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, DocumentedOperation>>;
  components: Record<string, Record<string, unknown>> & { schemas: Record<string, JsonSchema> };
}

/** `openapi.json` of the repository, which `npm run check` holds equal to what the code gives. */
export const openApi = JSON.parse(readFileSync('openapi.json', 'utf8')) as OpenApiDocument;

export interface Operation {
  /** `POST /api/v1/orders`, for titles. */
  title: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  operation: DocumentedOperation;
}

export const operations: Operation[] = Object.entries(openApi.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({
    title: `${method.toUpperCase()} ${path}`,
    method: method.toUpperCase() as Operation['method'],
    path,
    operation,
  })),
);

/** True for the endpoints that answer failures, take forms and recognise their callers as OAuth wants it (RFC 6749). */
export const isOAuth = ({ path }: Pick<Operation, 'path'>): boolean => path.startsWith('/api/v1/oauth/');

/** True for what payment providers write, and sign byte by byte: its members are theirs, and its repeats are told by their id. */
export const isOfProviders = ({ path }: Pick<Operation, 'path'>): boolean =>
  path === '/api/v1/payment-webhooks/{provider}';

/** True for the routes that sign in or recover access: they do not look at `Authorization`. */
export const ignoresCredentials = ({ operation }: Pick<Operation, 'operation'>): boolean =>
  operation.security.length === 0;

/** True for what answers with a stream that never ends, of which no representation could still be current. */
export const isStream = ({ operation }: Pick<Operation, 'operation'>): boolean =>
  (operation.responses['200'] && deref(operation.responses['200']))?.content?.['text/event-stream'] !== undefined;

/** Follows a reference into the components. */
export function deref<T extends { $ref?: string }>(value: T): T {
  if (value.$ref === undefined) return value;
  const [, , kind = '', name = ''] = value.$ref.split('/');
  return openApi.components[kind]![name] as T;
}

/** Parameters that are no ids, and something well-formed for each. */
const NAMES: Readonly<Record<string, string>> = { purpose: 'analytics', name: 'nobody', provider: 'nobody' };

/** The path with every parameter filled in by something that nobody has. */
export function examplePath(path: string): string {
  if (isOfProviders({ path })) return path.replace('{provider}', 'fake');
  return path.replace(/\{([^}]+)\}/g, (_, name: string) => NAMES[name] ?? '01970c1e-0000-7000-8000-00000000dead');
}
