import { Body, Controller, HttpCode } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { ImpersonationForbiddenError, InvalidRequestError } from '../../common/errors/request.errors.js';
import { Idempotent } from '../../common/idempotency/idempotency.interceptor.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { RateLimit } from '../../common/rate-limit/rate-limit.decorator.js';
import { CurrentUser, SignedIn } from '../../common/security/access.decorators.js';
import type { AuthenticatedUser } from '../../common/security/principal.js';
import {
  InsufficientProofError,
  InvalidPasskeyError,
  InvalidProofError,
  SessionNotFoundError,
} from '../auth.errors.js';
import { LOGIN_POLICY } from '../throttles.js';
import { toAssertion } from '../passkeys/dto/credential.dto.js';
import { StepUpDto } from './dto/step-up.dto.js';
import { StepUpService } from './step-up.service.js';

@ApiTags('auth')
@Controller('auth/step-up')
@SignedIn()
export class StepUpController {
  constructor(private readonly stepUps: StepUpService) {}

  /**
   * Proves again who you are.
   *
   * Some changes need a login within the last ten minutes, and this counts as one. Send the password, and with a second factor a code too; or a passkey. When more is needed, `methods` of the answer lists what would do.
   */
  @Post()
  @HttpCode(204)
  @RateLimit(LOGIN_POLICY)
  @Idempotent({ spansTransactions: true })
  @ApiProblems(
    InvalidProofError,
    InsufficientProofError,
    InvalidPasskeyError,
    ImpersonationForbiddenError,
    SessionNotFoundError,
  )
  stepUp(@Body() { password, code, passkey }: StepUpDto, @CurrentUser() user: AuthenticatedUser): Promise<void> {
    if (passkey && (password !== undefined || code !== undefined))
      throw InvalidRequestError.of('/passkey', 'alone', 'must come without password and code');
    const answer = passkey && { token: passkey.token, credential: toAssertion(passkey.credential) };
    return this.stepUps.prove(user, { password, code, passkey: answer }, new Date());
  }
}
