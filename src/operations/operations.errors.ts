import { NotFoundError } from '../common/errors/domain.error.js';

/** There is no such operation, or it is not the caller's. */
export class OperationNotFoundError extends NotFoundError {
  static override readonly code = 'operation.not_found';
  static override readonly title = 'No such operation';

  constructor() {
    super('There is no such operation.');
  }
}

/** The operation has no file, has none yet, or had one that is past its time. */
export class OperationFileNotFoundError extends NotFoundError {
  static override readonly code = 'operation.file_not_found';
  static override readonly title = 'No such file';

  constructor() {
    super('This operation has no file: it is not done yet, it makes none, or its file is past its time.');
  }
}
