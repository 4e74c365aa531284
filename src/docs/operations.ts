import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { PROBLEM_EXTENSION } from '../common/errors/api-problems.decorator.js';
import { exampleOf } from './examples.js';
import { operationIdOf } from './operation-id.js';
import {
  type DocumentedProblem,
  frameworkProblem,
  oauthErrorExample,
  PROBLEM_JSON,
  statusDescription,
} from './problems.js';
import { refTo, resolve, type Schema, type Schemas } from './schema.js';
import { completeSchema } from './schemas.js';
import { describeProperties } from './validation-rules.js';

export interface Reference {
  $ref: string;
}

export interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema: Schema;
  style?: string;
  explode?: boolean;
  example?: unknown;
}

export interface MediaType {
  schema?: Schema;
  example?: unknown;
  examples?: Record<string, unknown>;
}

export interface Answer {
  description: string;
  headers?: Record<string, Reference>;
  content?: Record<string, MediaType>;
}

export interface Operation {
  operationId: string;
  summary?: string;
  description?: string;
  tags?: string[];
  parameters: (Parameter | Reference)[];
  requestBody?: { required?: boolean; content: Record<string, MediaType> };
  responses: Record<string, Answer | Reference>;
  security?: Record<string, string[]>[];
  [extension: `x-${string}`]: unknown;
}

export type Controller = new (...args: never[]) => object;

/** What every operation is completed with. */
export interface OperationContext {
  method: string;
  path: string;
  schemas: Schemas;
  /** Every problem met so far, by code; they become the examples of the document. */
  problems: Map<string, DocumentedProblem>;
  controller: Controller | undefined;
  /** Name of the controller's method. */
  handler: string;
}

const JSON_TYPE = 'application/json';
const FORM = 'application/x-www-form-urlencoded';
const MERGE_PATCH = 'application/merge-patch+json';
const SUCCESS: Readonly<Record<string, string>> = {
  200: 'Done.',
  201: 'Created.',
  202: 'Accepted; it will be done.',
  204: 'Done; there is nothing to tell.',
};
const RATE_LIMITED: DocumentedProblem = { code: 'request.rate_limited', title: 'Too many requests', status: 429 };

/** Answers that are the same wherever their one problem is the only one of its status. */
export const SHARED_ANSWERS: readonly { name: string; problem: DocumentedProblem }[] = [
  { name: 'NotAcceptable', problem: frameworkProblem(406) },
  { name: 'TooLarge', problem: frameworkProblem(413) },
  { name: 'UnsupportedMediaType', problem: frameworkProblem(415) },
  { name: 'RateLimited', problem: RATE_LIMITED },
  { name: 'Internal', problem: frameworkProblem(500) },
  { name: 'Unavailable', problem: frameworkProblem(503) },
];

/** Completes an operation that Swagger found: name, summary, parameters, headers, examples, and every problem it can answer with. */
export function completeOperation(operation: Operation, context: OperationContext): void {
  const { controller, handler } = context;
  describeQuery(operation.parameters, argumentClass(controller, handler, RouteParamtypes.QUERY));
  operation.operationId = operationIdOf(context.method, context.path, handler);
  splitSummary(operation);
  // Said outright: no credentials are read.
  operation.security ??= [];
  operation.parameters.forEach((parameter) => '$ref' in parameter || completeParameter(parameter, context.schemas));
  const problems = problemsOf(operation, context);
  completeRequest(operation, context);
  addConditionalHeaders(operation, context, problems);
  completeAnswers(operation, context);
  addProblems(operation, context, problems);
  for (const extension of ['x-idempotency', 'x-location', 'x-oauth'] as const) delete operation[extension];
}

/** The DTO class of a handler's query or body, if it has one. */
export function argumentClass(
  controller: Controller | undefined,
  handler: string,
  kind: RouteParamtypes.QUERY | RouteParamtypes.BODY,
): Controller | undefined {
  if (!controller) return undefined;
  const routeArguments = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, handler) ?? {}) as Record<
    string,
    { index: number; data?: unknown }
  >;
  const whole = Object.entries(routeArguments).find(
    ([key, { data }]) => key.startsWith(`${kind}:`) && data === undefined,
  );
  const types = (Reflect.getMetadata('design:paramtypes', controller.prototype as object, handler) ??
    []) as Controller[];
  return whole && types[whole[1].index];
}

function describeQuery(parameters: readonly (Parameter | Reference)[], target: Controller | undefined): void {
  if (!target) return;
  const known = parameters.flatMap((parameter) =>
    '$ref' in parameter || parameter.in !== 'query' ? [] : [[parameter.name, parameter.schema] as const],
  );
  describeProperties(target, Object.fromEntries(known));
}

/** The first sentence is the summary, without its full stop; the rest is the description. */
function splitSummary(operation: Operation): void {
  const text = (operation.summary ?? '').trim();
  const end = /\.(?=\s+\p{Lu})|\n\s*\n/u.exec(text)?.index ?? text.length;
  operation.summary = text.slice(0, end).replace(/\s+/g, ' ').replace(/\.$/, '');
  const description = [text.slice(end).replace(/^\./, '').trim(), operation.description?.trim()]
    .filter(Boolean)
    .join('\n\n');
  if (description) operation.description = description;
  else delete operation.description;
}

function completeParameter(parameter: Parameter, schemas: Schemas): void {
  const { schema } = parameter;
  // A property of type `string | string[]` is read as text by the plugin, with the items of the list beside it.
  if (schema.items) {
    if (typeof schema.example === 'string') schema.example = schema.example.split(',');
    schema.type = 'array';
    schema.maxItems ??= 100;
  }
  if (schema.type === 'array') Object.assign(parameter, { style: 'form', explode: false });
  if (schema.type === 'object' || (schema.$ref && resolve(schema.$ref, schemas).properties))
    Object.assign(parameter, { style: 'deepObject', explode: true });
  if (parameter.in === 'path') completePathParameter(parameter);
  completeSchema(schema);
  if (schema.default !== undefined) parameter.required = false;
  if (parameter.in === 'query' && !parameter.required) leaveEmpty(parameter);
}

/**
 * Moves the example of an optional parameter into its description. Swagger UI fills fields with examples, and with samples of objects, so
 * that the first try would ask for all of them at once.
 */
function leaveEmpty(parameter: Parameter): void {
  const { schema } = parameter;
  const shown = [schema.examples?.[0] ?? []].flat() as unknown[] as readonly (string | number | boolean)[];
  delete schema.examples;
  if (parameter.style === 'deepObject') schema.default = {};
  else if (shown.length > 0 && schema.default === undefined && !schema.enum)
    parameter.description = `${parameter.description ?? ''} For example \`${shown.join(',')}\`.`.trim();
}

/** Ids are UUIDs unless they say what else they are; other path parameters are short texts. */
export function completePathParameter({ name, schema }: Parameter): void {
  if (schema.type !== 'string') return;
  if (/^(id|.*Id)$/.test(name) && schema.pattern === undefined) schema.format ??= 'uuid';
  schema.maxLength ??= 300;
}

/** What `@ApiProblems` lists, and what every operation of this kind can answer. */
function problemsOf(operation: Operation, { path, method }: OperationContext): DocumentedProblem[] {
  const problems: DocumentedProblem[] = [];
  for (const extension of Object.keys(operation)) {
    if (!extension.startsWith(PROBLEM_EXTENSION)) continue;
    problems.push(operation[extension as `x-${string}`] as DocumentedProblem);
    delete operation[extension as `x-${string}`];
  }
  const takesKey = honoursKey(operation, method);
  // An unknown parameter can be sent to any.
  problems.push(frameworkProblem(400));
  if (operation.requestBody) {
    problems.push({ code: 'request.malformed_json', title: 'The body is not valid JSON', status: 400 });
    problems.push(frameworkProblem(413), frameworkProblem(415));
  }
  if (takesKey) {
    problems.push(
      { code: 'request.in_progress', title: 'The same request is still running', status: 409 },
      { code: 'request.idempotency_key_reused', title: 'Idempotency-Key used for another request', status: 422 },
    );
  }
  if (path.startsWith('/api/')) {
    problems.push(frameworkProblem(406), RATE_LIMITED, frameworkProblem(503));
  }
  problems.push(frameworkProblem(500));
  return [...new Map(problems.map((problem) => [problem.code, problem])).values()].sort((a, b) => a.status - b.status);
}

/** True for operations that take an `Idempotency-Key`. */
function honoursKey(operation: Operation, method: string): boolean {
  return (method === 'post' || method === 'patch') && operation['x-idempotency'] !== 'ignored';
}

function completeRequest(operation: Operation, { method, schemas }: OperationContext): void {
  if (honoursKey(operation, method)) {
    const name = operation['x-idempotency'] === 'required' ? 'RequiredIdempotencyKey' : 'IdempotencyKey';
    operation.parameters.push(parameterRef(name));
  }
  const body = operation.requestBody?.content[JSON_TYPE] ?? operation.requestBody?.content[FORM];
  if (!body?.schema) return;
  body.example ??= exampleOf(body.schema, schemas);
  // What comes without a body counts as `{}`.
  if (method === 'post') operation.requestBody!.required = requiresMembers(body.schema, schemas);
  if (method === 'patch') operation.requestBody!.content[MERGE_PATCH] = body;
}

function requiresMembers({ $ref, required = [], minProperties = 0, anyOf = [] }: Schema, schemas: Schemas): boolean {
  if ($ref !== undefined) return requiresMembers(resolve($ref, schemas), schemas);
  return required.length > 0 || minProperties > 0 || anyOf.some((choice) => requiresMembers(choice, schemas));
}

function addConditionalHeaders(
  operation: Operation,
  { method, path }: OperationContext,
  problems: DocumentedProblem[],
): void {
  if (problems.some(({ status }) => status === 412)) operation.parameters.push(parameterRef('IfMatch'));
  if (method !== 'get' || !path.startsWith('/api/') || isStream(operation)) return;
  operation.parameters.push(parameterRef('IfNoneMatch'));
  operation.responses['304'] = {
    description: 'What you have is still current.',
    headers: headersOf(['ETag', 'X-Request-Id']),
  };
}

/** What never ends has no representation that could still be current. */
function isStream({ responses }: Operation): boolean {
  const answer = responses['200'];
  return answer !== undefined && !('$ref' in answer) && answer.content?.['text/event-stream'] !== undefined;
}

function completeAnswers(operation: Operation, { method, path, schemas }: OperationContext): void {
  for (const [status, answer] of Object.entries(operation.responses)) {
    if ('$ref' in answer) continue;
    if (status.startsWith('3')) answer.headers = { ...headersOf(['X-Request-Id', 'Location']), ...answer.headers };
    if (!status.startsWith('2')) continue;
    answer.description ||= SUCCESS[status] ?? statusDescription(Number(status));
    const media = answer.content?.[JSON_TYPE];
    if (media?.schema) {
      completeSchema(media.schema);
      media.example ??= exampleOf(media.schema, schemas);
    }
    const members = membersOf(media?.schema, schemas);
    const headers = ['X-Request-Id'];
    if ((method === 'get' && !isStream(operation)) || members.includes('version')) headers.push('ETag');
    if (operation['x-location']) headers.push('Location');
    if (members.includes('nextCursor')) headers.push('Link');
    if (path.startsWith('/api/')) headers.push('RateLimit', 'RateLimit-Policy');
    if (honoursKey(operation, method)) headers.push('Idempotent-Replayed');
    answer.headers = { ...headersOf(headers), ...answer.headers };
  }
}

function membersOf(schema: Schema | undefined, schemas: Schemas): string[] {
  if (!schema) return [];
  if (schema.$ref) return membersOf(resolve(schema.$ref, schemas), schemas);
  const parts = [...(schema.allOf ?? []), ...(schema.oneOf ?? []), ...(schema.anyOf ?? [])];
  return [...Object.keys(schema.properties ?? {}), ...parts.flatMap((part) => membersOf(part, schemas))];
}

function addProblems(operation: Operation, { problems: known }: OperationContext, problems: DocumentedProblem[]): void {
  for (const status of new Set(problems.map((problem) => problem.status))) {
    const here = problems.filter((problem) => problem.status === status);
    if (operation['x-oauth']) {
      operation.responses[status] = oauthAnswer(status, here);
      continue;
    }
    for (const problem of here) known.set(problem.code, problem);
    const shared = here.length === 1 ? SHARED_ANSWERS.find(({ problem }) => problem.code === here[0]!.code) : undefined;
    operation.responses[status] = shared
      ? { $ref: `#/components/responses/${shared.name}` }
      : problemAnswer(status, here);
  }
}

/** The answer for a status: one schema, one example per code. */
export function problemAnswer(status: number, problems: readonly DocumentedProblem[]): Answer {
  const codes = problems.map(({ code }) => code).sort();
  const examples = codes.map((code): [string, Reference] => [code, { $ref: `#/components/examples/${code}` }]);
  return failure(status, PROBLEM_JSON, 'ProblemDetails', Object.fromEntries(examples));
}

/** The answer of an OAuth endpoint for a status: one schema, one example per error. */
function oauthAnswer(status: number, problems: readonly DocumentedProblem[]): Answer {
  return failure(status, JSON_TYPE, 'OAuthError', Object.fromEntries(problems.map(oauthErrorExample)));
}

function failure(status: number, mediaType: string, schema: string, examples: Record<string, unknown>): Answer {
  const names = Object.keys(examples).sort();
  return {
    description: `${statusDescription(status)}: ${names.map((name) => `\`${name}\``).join(', ')}.`,
    headers: problemHeaders(status, names),
    content: { [mediaType]: { schema: { $ref: refTo(schema) }, examples } },
  };
}

function problemHeaders(status: number, codes: readonly string[]): Record<string, Reference> {
  const headers = ['X-Request-Id'];
  if (status === 401 || status === 403) headers.push('WWW-Authenticate');
  if (status === 412) headers.push('ETag');
  if (status === 429) headers.push('RateLimit', 'RateLimit-Policy');
  if (status === 429 || status === 503 || codes.includes('request.in_progress')) headers.push('Retry-After');
  return headersOf(headers);
}

function headersOf(names: readonly string[]): Record<string, Reference> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

function parameterRef(name: string): Reference {
  return { $ref: `#/components/parameters/${name}` };
}
