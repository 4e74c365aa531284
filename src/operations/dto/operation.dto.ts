import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, IsIn, IsOptional, Matches } from 'class-validator';
import { CommaSeparated, PageOf, PageQueryDto } from '../../common/pagination/page.dto.js';
import {
  type Operation,
  type OperationFile,
  OPERATION_STATUSES,
  type OperationStatus,
} from '../entities/operation.entity.js';

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
export class OperationFileDto {
  /** @example "storehouse-export.zip" */
  name: string;

  /** @example "application/zip" */
  mediaType: string;

  /** @example 20480 */
  sizeBytes: number;

  /**
   * Until when it can be downloaded.
   * @example "2026-01-22T09:30:00.000Z"
   */
  expiresAt: Date;

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

/** Work that takes longer than a request. */
export class OperationResponseDto {
  /** @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f" */
  id: string;

  /**
   * What is being done.
   * @example "user_export"
   */
  kind: string;

  /** @example "succeeded" */
  @ApiProperty({ enum: OPERATION_STATUSES, enumName: 'OperationStatus' })
  status: OperationStatus;

  progress: OperationProgressDto;

  /**
   * What came of it, in numbers and ids; null until it has succeeded.
   * @example { "sections": 7 }
   */
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  result: Record<string, unknown> | null;

  /** Why it failed; null unless it did. */
  @ApiProperty({ type: OperationErrorDto, nullable: true })
  error: OperationErrorDto | null;

  /** The file it produced; null when there is none, or no longer. */
  @ApiProperty({ type: OperationFileDto, nullable: true })
  file: OperationFileDto | null;

  /**
   * The user who started it.
   * @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e90"
   */
  startedBy: string;

  /**
   * The user it is about, if any; they see it too.
   * @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e90"
   */
  subjectId: string | null;

  /** @example "2026-01-15T09:30:00.000Z" */
  createdAt: Date;

  /**
   * When it ended; null while it has not.
   * @example "2026-01-15T09:30:05.000Z"
   */
  endedAt: Date | null;
}

/** One page of operations. */
export class OperationPageDto extends PageOf(OperationResponseDto) {}

export function toOperationResponse(operation: Operation): OperationResponseDto {
  const { id, kind, status, result, error, file, startedBy, subjectId, createdAt, endedAt } = operation;
  const { progressDone: done, progressTotal: total, progressFailed: failed } = operation;
  return {
    ...{ id, kind, status, progress: { done, total, failed }, result, error },
    ...{ file: file ? fileOf(file) : null, startedBy, subjectId, createdAt, endedAt },
  };
}

function fileOf({ operationId, name, mediaType, sizeBytes, expiresAt }: OperationFile): OperationFileDto {
  return { name, mediaType, sizeBytes: sizeBytes!, expiresAt, path: `/api/v1/operations/${operationId}/file` };
}
