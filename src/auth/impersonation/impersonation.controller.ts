import { Body, Controller, HttpCode, Param } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { Idempotent } from '../../common/idempotency/idempotency.interceptor.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { CurrentUser, FreshLogin, RequireScopes } from '../../common/security/access.decorators.js';
import type { AuthenticatedUser } from '../../common/security/principal.js';
import { UuidParam } from '../../common/validation/decorators.js';
import { UserNotFoundError } from '../../users/users.errors.js';
import { ClientDevice, type Device } from '../sessions.service.js';
import { ImpersonateDto, ImpersonationResponseDto, toImpersonationResponse } from '../dto/sign-in.dto.js';
import { ImpersonationOfStaffError } from '../auth.errors.js';
import { ImpersonationService } from './impersonation.service.js';

@ApiTags('auth')
@Controller({ path: 'auth/impersonate', version: '1' })
export class ImpersonationController {
  constructor(private readonly impersonation: ImpersonationService) {}

  /**
   * Gives a token to act as a customer.
   *
   * It ends after 15 minutes at most. Never as a member of staff. Who acts as another cannot do what needs a fresh login; every step is written down under both names.
   */
  @Post(':userId')
  @HttpCode(200)
  @RequireScopes('users:write')
  @FreshLogin()
  @Idempotent({ spansTransactions: true })
  @ApiProblems(UserNotFoundError, ImpersonationOfStaffError)
  async start(
    @Param('userId', UuidParam) userId: string,
    @Body() { reason }: ImpersonateDto,
    @CurrentUser() caller: AuthenticatedUser,
    @ClientDevice() device: Device,
  ): Promise<ImpersonationResponseDto> {
    return toImpersonationResponse(await this.impersonation.start(caller, userId, reason, device));
  }
}
