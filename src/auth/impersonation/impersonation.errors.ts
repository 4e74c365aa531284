import { ForbiddenError } from '../../common/errors/domain.error.js';

export class ImpersonationOfStaffError extends ForbiddenError {
  static override readonly code = 'auth.impersonation_of_staff';
  static override readonly title = 'Staff cannot be impersonated';

  constructor() {
    super('Only customers can be acted for: this account is not active, is your own, or may do more than a customer.');
  }
}
