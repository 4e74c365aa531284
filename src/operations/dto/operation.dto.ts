import { ApiProperty, PickType } from '@nestjs/swagger';
import { ArrayMaxSize, IsIn, IsOptional, Matches } from 'class-validator';
import { shown } from '../../common/http/resource.dto.js';
import { CommaSeparated, PageOf, PageQueryDto } from '../../common/pagination/page.dto.js';
import { Operation, OperationFile, OPERATION_STATUSES, type OperationStatus } from '../entities/operation.entity.js';

export class ListOperationsDto extends PageQueryDto {
  /**
   * Operations of one of these kinds.
   * @example "user_export"
   */
  @IsOptional()
  @CommaSeparated()
  @ArrayMaxSize(20)
  @Matches(/^[a-z][a-z0-9_]{0,63}$/, { each: true, message: 'must be kinds of operations, separated by commas' })
  kind?: string[];

  /**
   * Operations in one of these states.
   * @example "queued,running"
   */
  @IsOptional()
  @CommaSeparated()
  @ArrayMaxSize(OPERATION_STATUSES.length)
  @IsIn(OPERATION_STATUSES, { each: true })
  status?: OperationStatus[];
}

/** How far an operation is. */
export class OperationProgressDto {
  /**
   * Parts that are done, whether well or not.
   * @example 3
   */
  done: number;

  /**
   * Parts in all; null while that is not known.
   * @example 7
   */
  total: number | null;

  /**
   * Parts that failed.
   * @example 0
   */
  failed: number;
}

/** The file that an operation produced. */
export class OperationFileDto extends PickType(OperationFile, ['name', 'mediaType', 'expiresAt']) {
  /** @example 20480 */
  sizeBytes: number;

  /**
   * Where it can be downloaded, with the access token of whose it is.
   * @example "/api/v1/operations/01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f/file"
   */
  path: string;
}

/** Why an operation failed. */
export class OperationErrorDto {
  /** @example "user.export_failed" */
  code: string;

  /** @example "The export could not be made; start another one." */
  detail: string;
}

const SHOWN = ['id', 'kind', 'status', 'result', 'error', 'startedBy', 'subjectId', 'createdAt', 'endedAt'] as const;

/** Work that takes longer than a request. */
export class OperationResponseDto extends PickType(Operation, SHOWN) {
  /** @example "succeeded" */
  @ApiProperty({ enum: OPERATION_STATUSES, enumName: 'OperationStatus' })
  override status: OperationStatus;

  /** What came of it, in numbers and ids; null until it has succeeded. @example { "sections": 7 } */
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  override result: Record<string, unknown> | null;

  /** Why it failed; null unless it did. */
  @ApiProperty({ type: OperationErrorDto, nullable: true })
  override error: OperationErrorDto | null;

  progress: OperationProgressDto;

  /** The file it produced; null when there is none, or no longer. */
  @ApiProperty({ type: OperationFileDto, nullable: true })
  file: OperationFileDto | null;
}

/** One page of operations. */
export class OperationPageDto extends PageOf(OperationResponseDto) {}

export function toOperationResponse(operation: Operation): OperationResponseDto {
  const { progressDone: done, progressTotal: total, progressFailed: failed, file } = operation;
  return { ...shown(operation, SHOWN), progress: { done, total, failed }, file: file ? fileOf(file) : null };
}

function fileOf({ operationId, name, mediaType, sizeBytes, expiresAt }: OperationFile): OperationFileDto {
  return { name, mediaType, sizeBytes: sizeBytes!, expiresAt, path: `/api/v1/operations/${operationId}/file` };
}
