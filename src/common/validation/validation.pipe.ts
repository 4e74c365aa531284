import { type ArgumentMetadata, Injectable, type Type, ValidationPipe, type ValidationError } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { FieldError } from '../errors/domain.error.js';
import { InvalidRequestError, UnparsableBodyError } from '../errors/request.errors.js';
import { isEmptyBody } from '../http/json-body.js';
import { collectRulesOnce } from './collect-rules-once.js';
import { fieldErrors, inheritedNames, misplacedLists } from './field-errors.js';

collectRulesOnce();

/** More tell nobody more, and a body of a hundred thousand mistakes must not make an answer of megabytes. */
const MAX_ERRORS = 100;

/** Queries that are remembered of one class, and how long they may be. */
const MAX_QUERIES = 100;
const MAX_QUERY_LENGTH = 200;

/** Carries class-validator's findings from the factory, which does not know where the value came from, to `transform`, which does. */
class InvalidValue extends Error {
  constructor(readonly findings: ValidationError[]) {
    super('invalid');
  }
}

/**
 * Checks every body, query and parameter against its DTO class; unknown members are refused by name.
 *
 * @throws UnparsableBodyError for an empty body where a member is needed. InvalidRequestError with a JSON Pointer into the body, or
 * `?name` for a query parameter, for every offending field, 100 at most.
 */
@Injectable()
export class RequestValidationPipe extends ValidationPipe {
  /** What queries were made into that passed: readers ask for the same few again and again, and rules look at nothing but the query. */
  private readonly passed = new WeakMap<Type, LRUCache<string, object>>();

  constructor() {
    super({
      whitelist: true,
      forbidNonWhitelisted: true,
      forbidUnknownValues: true,
      transform: true,
      stopAtFirstError: true,
      validationError: { target: true, value: true },
      exceptionFactory: (findings) => new InvalidValue(findings),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (metadata.type === 'custom') return value;
    return metadata.type === 'query' && this.isDto(metadata)
      ? this.queryOf(value, metadata)
      : this.checked(value, metadata);
  }

  /** Checks a query unless the same one has passed before. Only what is plain is remembered: a copy of it shares nothing that could change. */
  private async queryOf(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    const dtoClass = metadata.metatype as Type<object>;
    let passed = this.passed.get(dtoClass);
    if (!passed) this.passed.set(dtoClass, (passed = new LRUCache({ max: MAX_QUERIES })));
    const text = JSON.stringify(value ?? {});
    const known = passed.get(text);
    if (known) return Object.assign(new dtoClass(), known);
    const query = (await this.checked(value, metadata)) as object;
    if (text.length <= MAX_QUERY_LENGTH && isPlain(query)) passed.set(text, { ...query });
    return query;
  }

  private async checked(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    if (
      metadata.type === 'body' &&
      this.isDto(metadata) &&
      (typeof value !== 'object' || value === null || Array.isArray(value))
    ) {
      throw InvalidRequestError.of('', 'object', 'must be a JSON object');
    }
    const path = metadata.type === 'body' ? '/' : '?';
    refuseAny(inheritedNames(value, path));
    const dto = await this.validated(value, metadata, path);
    refuseAny(misplacedLists(dto, path));
    return dto;
  }

  private async validated(value: unknown, metadata: ArgumentMetadata, path: string): Promise<unknown> {
    try {
      return await super.transform(value, metadata);
    } catch (error) {
      if (error instanceof InvalidValue && isEmptyBody(value)) throw new UnparsableBodyError('The body is empty.');
      if (error instanceof InvalidValue) refuseAny(error.findings.flatMap((finding) => fieldErrors(finding, path)));
      throw error;
    }
  }

  private isDto(metadata: ArgumentMetadata): boolean {
    return (
      metadata.metatype !== undefined && ![String, Boolean, Number, Array, Object].includes(metadata.metatype as never)
    );
  }
}

function isPlain(query: object): boolean {
  return Object.values(query).every((member) => typeof member !== 'object' || member === null);
}

function refuseAny(errors: FieldError[]): void {
  if (errors.length > 0) throw new InvalidRequestError(errors.slice(0, MAX_ERRORS));
}
