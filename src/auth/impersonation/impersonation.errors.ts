import { forbidden } from '../../common/errors/domain.error.js';

export class ImpersonationOfStaffError extends forbidden(
  'auth.impersonation_of_staff',
  'Staff cannot be impersonated',
  'Only customers can be acted for: this account is not active, is your own, or may do more than a customer.',
) {}
