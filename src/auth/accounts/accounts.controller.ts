import { Body, Controller, HttpCode } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { RateLimitedError } from '../../common/errors/request.errors.js';
import { Idempotent } from '../../common/idempotency/idempotency.interceptor.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { RateLimit } from '../../common/rate-limit/rate-limit.decorator.js';
import { CurrentUser, FreshLogin, Public, SignedIn } from '../../common/security/access.decorators.js';
import type { AuthenticatedUser } from '../../common/security/principal.js';
import { UserEmailTakenError } from '../../users/users.errors.js';
import { InvalidCredentialsError, PasswordRejectedError } from '../auth.errors.js';
import { ClientDevice } from '../client-device.decorator.js';
import { ApiSignInOutcome, type SignInOutcomeDto, toSignInOutcome } from '../dto/sign-in-outcome.dto.js';
import type { Device } from '../sessions.service.js';
import { ACCOUNT_MAIL_POLICY, MAIL_TOKEN_POLICY } from './account-mail-throttle.js';
import { CurrentPasswordWrongError, InvalidMailTokenError } from './accounts.errors.js';
import { ChangeEmailDto } from './dto/change-email.dto.js';
import { ChangePasswordDto } from './dto/change-password.dto.js';
import { EmailChangeResponseDto } from './dto/email-change-response.dto.js';
import { EmailDto } from './dto/email.dto.js';
import { MailTokenDto } from './dto/mail-token.dto.js';
import { ResetPasswordDto } from './dto/reset-password.dto.js';
import { EmailChangeService } from './email-change.service.js';
import { EmailVerificationService } from './email-verification.service.js';
import { MagicLinksService } from './magic-links.service.js';
import { PasswordChangeService } from './password-change.service.js';
import { PasswordResetService } from './password-reset.service.js';

@ApiTags('auth')
@Controller({ path: 'auth', version: '1' })
export class AccountsController {
  constructor(
    private readonly verification: EmailVerificationService,
    private readonly passwordReset: PasswordResetService,
    private readonly passwordChange: PasswordChangeService,
    private readonly magicLinks: MagicLinksService,
    private readonly emailChange: EmailChangeService,
  ) {}

  /** Proves that an address is yours. It takes the token that was sent there, which works once. */
  @Post('verify-email')
  @HttpCode(204)
  @Public({ credentials: 'ignored' })
  @RateLimit(MAIL_TOKEN_POLICY)
  @ApiProblems(InvalidMailTokenError, RateLimitedError)
  async verifyEmail(@Body() { token }: MailTokenDto): Promise<void> {
    await this.verification.verify(token);
  }

  /**
   * Sends the mail that proves an address again.
   *
   * The answer is the same whether or not the address has an account, and whether or not it has been proven. The token in an earlier mail
   * no longer works.
   */
  @Post('verify-email/resend')
  @HttpCode(202)
  @Public({ credentials: 'ignored' })
  @RateLimit(ACCOUNT_MAIL_POLICY)
  @Idempotent({ spansTransactions: true })
  @ApiProblems(RateLimitedError)
  async resendVerification(@Body() { email }: EmailDto): Promise<void> {
    await this.verification.resend(email);
  }

  /**
   * Sends a token for a new password. The answer is the same whether or not the address has an account.
   *
   * The token works once, for 30 minutes; asking again replaces it.
   */
  @Post('password/forgot')
  @HttpCode(202)
  @Public({ credentials: 'ignored' })
  @RateLimit(ACCOUNT_MAIL_POLICY)
  @Idempotent({ spansTransactions: true })
  @ApiProblems(RateLimitedError)
  async forgotPassword(@Body() { email }: EmailDto): Promise<void> {
    await this.passwordReset.request(email);
  }

  /** Sets a new password with a mailed token. Ends every session; sign in with the new password. */
  @Post('password/reset')
  @HttpCode(204)
  @Public({ credentials: 'ignored' })
  @RateLimit(MAIL_TOKEN_POLICY)
  @Idempotent({ spansTransactions: true })
  @ApiProblems(InvalidMailTokenError, PasswordRejectedError, RateLimitedError)
  async resetPassword(@Body() dto: ResetPasswordDto, @ClientDevice() { address }: Device): Promise<void> {
    await this.passwordReset.reset(dto.token, dto.password, address);
  }

  /** Changes your password, which needs the current one. Ends your other sessions. */
  @Post('password/change')
  @HttpCode(204)
  @SignedIn()
  @RateLimit(MAIL_TOKEN_POLICY)
  @Idempotent({ spansTransactions: true })
  @ApiProblems(CurrentPasswordWrongError, PasswordRejectedError, RateLimitedError)
  async changePassword(@Body() dto: ChangePasswordDto, @CurrentUser() user: AuthenticatedUser): Promise<void> {
    await this.passwordChange.change(user, dto.currentPassword, dto.newPassword);
  }

  /**
   * Sends a link that signs in without a password. The answer is the same whether or not the address has an account.
   *
   * The token works once, for 15 minutes; asking again replaces it.
   */
  @Post('magic-links')
  @HttpCode(202)
  @Public({ credentials: 'ignored' })
  @RateLimit(ACCOUNT_MAIL_POLICY)
  @Idempotent({ spansTransactions: true })
  @ApiProblems(RateLimitedError)
  async requestMagicLink(@Body() { email }: EmailDto): Promise<void> {
    await this.magicLinks.request(email);
  }

  /** Signs in with the token of a magic link. With a second factor, the answer asks for it. */
  @Post('magic-links/verify')
  @HttpCode(200)
  @Public({ credentials: 'ignored' })
  @RateLimit(MAIL_TOKEN_POLICY)
  @ApiSignInOutcome()
  @ApiProblems(InvalidMailTokenError, InvalidCredentialsError, RateLimitedError)
  async verifyMagicLink(@Body() { token }: MailTokenDto, @ClientDevice() device: Device): Promise<SignInOutcomeDto> {
    return toSignInOutcome(await this.magicLinks.verify(token, device));
  }

  /**
   * Asks for another e-mail address.
   *
   * Both the old and the new one get a mail, and both have to confirm.
   *
   * The answer does not tell whether the new address has an account.
   */
  @Post('email/change')
  @HttpCode(202)
  @SignedIn()
  @FreshLogin()
  @RateLimit(ACCOUNT_MAIL_POLICY)
  @Idempotent({ spansTransactions: true })
  @ApiProblems(RateLimitedError)
  async changeEmail(@Body() { newEmail }: ChangeEmailDto, @CurrentUser() user: AuthenticatedUser): Promise<void> {
    await this.emailChange.request(user.id, newEmail);
  }

  /** Confirms one end of a change of address. */
  @Post('email/confirm')
  @HttpCode(200)
  @Public({ credentials: 'ignored' })
  @RateLimit(MAIL_TOKEN_POLICY)
  @ApiProblems(InvalidMailTokenError, UserEmailTakenError, RateLimitedError)
  async confirmEmail(@Body() { token }: MailTokenDto): Promise<EmailChangeResponseDto> {
    return { status: await this.emailChange.confirm(token) };
  }
}
