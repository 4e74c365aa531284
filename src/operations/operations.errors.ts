import { notFound } from '../common/errors/domain.error.js';

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
