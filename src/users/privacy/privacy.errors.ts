import { conflict } from '../../common/errors/domain.error.js';

/** Somebody else is having the data of this user put together. */
export class ExportRunningError extends conflict(
  'user.export_running',
  'An export is under way',
  'An export of this account is being made already, for somebody else; ask again when it is done.',
) {}
