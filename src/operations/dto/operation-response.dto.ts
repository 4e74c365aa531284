import { ApiProperty } from '@nestjs/swagger';
import type { Page } from '../../common/pagination/page.dto.js';
import { OPERATION_STATUSES, type OperationStatus } from '../entities/operation.entity.js';
import type { OperationDetails } from '../operations.repository.js';

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
  expiresAt: string;

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
  createdAt: string;

  /**
   * When it ended; null while it has not.
   * @example "2026-01-15T09:30:05.000Z"
   */
  endedAt: string | null;
}

/** One page of operations. */
export class OperationPageDto {
  data: OperationResponseDto[];

  /**
   * Pass as `cursor` for the next page; null on the last one.
   * @example null
   */
  nextCursor: string | null;

  /**
   * Rows of all pages together; only with `count=exact`.
   * @example 1
   */
  total?: number;
}

export function toOperationResponse(operation: OperationDetails): OperationResponseDto {
  return {
    id: operation.id,
    kind: operation.kind,
    status: operation.status,
    progress: {
      done: operation.progressDone,
      total: operation.progressTotal,
      failed: operation.progressFailed,
    },
    result: operation.result,
    error: operation.error,
    file: fileOf(operation),
    startedBy: operation.startedBy,
    subjectId: operation.subjectId,
    createdAt: operation.createdAt.toISOString(),
    endedAt: operation.endedAt?.toISOString() ?? null,
  };
}

export function toOperationPage(page: Page<OperationDetails>): OperationPageDto {
  return { ...page, data: page.data.map(toOperationResponse) };
}

function fileOf(operation: OperationDetails): OperationFileDto | null {
  const { id, fileName, fileMediaType, fileSizeBytes, fileExpiresAt } = operation;
  if (fileName === null || fileMediaType === null || fileExpiresAt === null) return null;
  return {
    name: fileName,
    mediaType: fileMediaType,
    sizeBytes: Number(fileSizeBytes),
    expiresAt: fileExpiresAt.toISOString(),
    path: `/api/v1/operations/${id}/file`,
  };
}
