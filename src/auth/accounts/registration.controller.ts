import { Body, Controller } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { RateLimitedError } from '../../common/errors/request.errors.js';
import { Location } from '../../common/http/location.decorator.js';
import { Idempotent } from '../../common/idempotency/idempotency.interceptor.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { RateLimit } from '../../common/rate-limit/rate-limit.decorator.js';
import { Public } from '../../common/security/access.decorators.js';
import { UserEmailTakenError } from '../../users/users.errors.js';
import { PasswordRejectedError } from '../auth.errors.js';
import { REGISTER_POLICY } from '../auth.policies.js';
import { ClientDevice } from '../client-device.decorator.js';
import { RegisterDto } from '../dto/register.dto.js';
import { SignInResponseDto, toSignInResponse } from '../dto/sign-in-response.dto.js';
import type { Device } from '../sessions.service.js';
import { RegistrationService } from './registration.service.js';

@ApiTags('auth')
@Controller({ path: 'auth', version: '1' })
export class RegistrationController {
  constructor(private readonly registration: RegistrationService) {}

  /** Creates a customer account and signs it in. A mail asks to prove the address. */
  @Post('register')
  @Public({ credentials: 'ignored' })
  @RateLimit(REGISTER_POLICY)
  @Idempotent({ spansTransactions: true })
  @Location('users/me')
  @ApiProblems(UserEmailTakenError, PasswordRejectedError, RateLimitedError)
  async register(@Body() dto: RegisterDto, @ClientDevice() device: Device): Promise<SignInResponseDto> {
    return toSignInResponse(await this.registration.register(dto, device));
  }
}
