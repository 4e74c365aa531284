import { ConflictError } from '../../common/errors/domain.error.js';

/** Somebody else is having the data of this user put together. */
export class ExportRunningError extends ConflictError {
  static override readonly code = 'user.export_running';
  static override readonly title = 'An export is under way';

  constructor() {
    super('An export of this account is being made already, for somebody else; ask again when it is done.');
  }
}
