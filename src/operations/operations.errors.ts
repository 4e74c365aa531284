import { conflict, notFound } from '../common/errors/domain.error.js';

/** There is no such operation, or it is not the caller's. */
export class OperationNotFoundError extends notFound(
  'operation.not_found',
  'No such operation',
  'There is no such operation.',
) {}

/** The operation has no file, has none yet, or had one that is past its time. */
export class OperationFileNotFoundError extends notFound(
  'operation.file_not_found',
  'No such file',
  'This operation has no file: it is not done yet, it makes none, or its file is past its time.',
) {}

/** The operation has succeeded, failed or been cancelled already. */
export class OperationEndedError extends conflict('operation.already_ended', 'The operation is over') {
  override readonly extensions: Record<string, unknown>;

  constructor(status: string) {
    super(`An operation that has ${status === 'cancelled' ? 'been cancelled' : status} cannot be cancelled.`);
    this.extensions = { operationStatus: status };
  }
}
