import { readFileSync } from 'node:fs';
import type { INestApplication } from '@nestjs/common';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { ModulesContainer } from '@nestjs/core';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { assetPath } from '../common/assets.js';
import { WEBHOOK_EVENT, webhooks } from '../events/event-webhooks.js';
import {
  type Answer,
  argumentClass,
  completeOperation,
  type Controller,
  completePathParameter,
  type Operation,
  type OperationContext,
  problemAnswer,
  SHARED_ANSWERS,
} from './operations.js';
import { type DocumentedProblem, problemExample } from './problems.js';
import type { Schema, Schemas } from './schema.js';
import { completeSchemas } from './schemas.js';

/** What the document says beside its operations, from `assets/docs`; the tags are in the order of the document. */
type Frame = Required<Pick<OpenAPIObject, 'openapi' | 'info' | 'servers' | 'tags' | 'components'>>;

type PathItem = Record<string, Operation>;

/**
 * The OpenAPI 3.1 document of the running application, made from its controllers, DTO classes and the catalogue of events.
 *
 * @throws when two operations have one name, a tag is not described, or a reference leads nowhere.
 */
export function buildOpenApiDocument(app: INestApplication): OpenAPIObject {
  const frame = JSON.parse(readFileSync(assetPath('docs/document.json'), 'utf8')) as Frame;
  frame.info.description = readFileSync(assetPath('docs/description.md'), 'utf8').trim();
  const document = SwaggerModule.createDocument(app, frame);
  const paths = withoutTwins(document.paths as unknown as Record<string, PathItem>);
  const schemas = (document.components?.schemas ?? {}) as Schemas;
  const operations = operationsOf(paths, controllersOf(app));
  const bodies = operations.map(({ controller, handler }) => argumentClass(controller, handler, RouteParamtypes.BODY));
  completeSchemas(schemas, requestSchemas(operations), bodies);
  const problems = new Map<string, DocumentedProblem>();
  for (const { operation, ...place } of operations) completeOperation(operation, { ...place, schemas, problems });
  refuseDuplicates(operations.map(({ operation }) => operation.operationId));
  schemas.WebhookEvent = WEBHOOK_EVENT;
  return {
    ...frame,
    tags: usedTags(frame, operations),
    paths: sortedByTag(frame, paths),
    webhooks: webhooks(),
    components: {
      securitySchemes: frame.components.securitySchemes,
      schemas: sorted(schemas),
      parameters: frame.components.parameters,
      headers: frame.components.headers,
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

interface FoundOperation extends Pick<OperationContext, 'path' | 'method' | 'controller' | 'handler'> {
  operation: Operation;
}

/** Swagger names an operation by its controller and the handler in it. */
function operationsOf(paths: Record<string, PathItem>, controllers: ReadonlyMap<string, Controller>): FoundOperation[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => {
      const [controller = '', handler = ''] = operation.operationId.split('_');
      return { path, method, operation, handler, controller: controllers.get(controller) };
    }),
  );
}

function controllersOf(app: INestApplication): Map<string, Controller> {
  const modules = [...app.get(ModulesContainer).values()];
  const classes = modules.flatMap(({ controllers }) =>
    [...controllers.values()].map(({ metatype }) => metatype as Controller),
  );
  return new Map(classes.map((controller) => [controller.name, controller]));
}

function requestSchemas(operations: readonly FoundOperation[]): Schema[] {
  return operations.flatMap(({ operation: { requestBody, 'x-oauth': isOAuth } }) =>
    // OAuth wants members that are not known to be ignored.
    Object.values((!isOAuth && requestBody?.content) || {}).flatMap(({ schema }) => (schema ? [schema] : [])),
  );
}

function sharedAnswers(): Record<string, Answer> {
  return Object.fromEntries(
    SHARED_ANSWERS.map(({ name, problem }) => [name, problemAnswer(problem.status, [problem])]),
  );
}

function usedTags({ tags }: Frame, operations: readonly FoundOperation[]): Frame['tags'] {
  const used = new Set(operations.flatMap(({ operation }) => operation.tags ?? []));
  const unknown = [...used].filter((name) => !tags.some((tag) => tag.name === name));
  if (unknown.length > 0) throw new Error(`Describe the tag ${unknown.join(', ')} in assets/docs/document.json`);
  return tags.filter(({ name }) => used.has(name));
}

function sortedByTag({ tags }: Frame, paths: Record<string, PathItem>): Record<string, PathItem> {
  const rank = (item: PathItem): number => {
    const [tag] = Object.values(item)[0]?.tags ?? [];
    return tags.findIndex(({ name }) => name === tag);
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
