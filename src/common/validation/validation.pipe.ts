import { type ArgumentMetadata, Injectable, ValidationPipe, type ValidationError } from '@nestjs/common';
import type { FieldError } from '../errors/domain.error.js';
import { InvalidRequestError, UnparsableBodyError } from '../errors/request.errors.js';
import { isEmptyBody } from '../http/json-body.js';
import { collectRulesOnce } from './collect-rules-once.js';
import { fieldErrors, inheritedNames, misplacedLists } from './field-errors.js';

collectRulesOnce();

/** More tell nobody more, and a body of a hundred thousand mistakes must not make an answer of megabytes. */
const MAX_ERRORS = 100;

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
  /** Classes that a request without a query satisfies: it was checked once, and nothing in it can differ. */
  private readonly passesEmpty = new WeakSet<NonNullable<ArgumentMetadata['metatype']>>();

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
    const dtoOfNoQuery = this.isDto(metadata) && isNoQuery(value, metadata) ? metadata.metatype : undefined;
    if (dtoOfNoQuery && this.passesEmpty.has(dtoOfNoQuery)) return new dtoOfNoQuery() as unknown;
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
    if (dtoOfNoQuery) this.passesEmpty.add(dtoOfNoQuery);
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

function isNoQuery(value: unknown, { type }: ArgumentMetadata): boolean {
  return type === 'query' && typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function refuseAny(errors: FieldError[]): void {
  if (errors.length > 0) throw new InvalidRequestError(errors.slice(0, MAX_ERRORS));
}
