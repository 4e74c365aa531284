import { Body, Controller, HttpCode } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ApiProblems } from '../../common/errors/api-problems.decorator.js';
import { Location } from '../../common/http/location.decorator.js';
import { Idempotent } from '../../common/idempotency/idempotency.interceptor.js';
import { Post } from '../../common/idempotency/write.decorators.js';
import { RateLimit } from '../../common/rate-limit/rate-limit.decorator.js';
import { CurrentUser, FreshLogin, Public, SignedIn } from '../../common/security/access.decorators.js';
import type { AuthenticatedUser } from '../../common/security/principal.js';
import { UserEmailTakenError } from '../../users/users.errors.js';
import {
  CurrentPasswordWrongError,
  InvalidCredentialsError,
  InvalidMailTokenError,
  PasswordRejectedError,
} from '../auth.errors.js';
import { AuthService } from '../auth.service.js';
import { ClientDevice, type Device } from '../sessions.service.js';
import {
  ApiSignInOutcome,
  type SignInOutcomeDto,
  SignInResponseDto,
  toSignInOutcome,
  toSignInResponse,
} from '../dto/sign-in.dto.js';
import { AccountPasswords } from './account-passwords.service.js';
import { AccountTokens } from './account-tokens.service.js';
import { EmailChangeService } from './email-change.service.js';
import { ACCOUNT_MAIL_POLICY, MAIL_TOKEN_POLICY, REGISTER_POLICY } from '../throttles.js';
import {
  ChangeEmailDto,
  ChangePasswordDto,
  EmailChangeResponseDto,
  EmailDto,
  MailTokenDto,
  RegisterDto,
  ResetPasswordDto,
} from './dto/accounts.dto.js';
import { RegistrationService } from './registration.service.js';

@ApiTags('auth')
@Controller('auth')
export class AccountsController {
  constructor(
    private readonly registration: RegistrationService,
    private readonly tokens: AccountTokens,
    private readonly passwords: AccountPasswords,
    private readonly auth: AuthService,
    private readonly emailChange: EmailChangeService,
  ) {}

  /** Creates a customer account and signs it in. A mail asks to prove the address. */
  @Post('register')
  @Public({ credentials: 'ignored' })
  @RateLimit(REGISTER_POLICY)
  @Idempotent({ spansTransactions: true })
  @Location('users/me')
  @ApiProblems(UserEmailTakenError, PasswordRejectedError)
  async register(@Body() dto: RegisterDto, @ClientDevice() device: Device): Promise<SignInResponseDto> {
    return toSignInResponse(await this.registration.register(dto, device));
  }

  /** Proves that an address is yours. It takes the token that was sent there, which works once. */
  @Post('verify-email')
  @HttpCode(204)
  @Public({ credentials: 'ignored' })
  @RateLimit(MAIL_TOKEN_POLICY)
  @ApiProblems(InvalidMailTokenError)
  verifyEmail(@Body() { token }: MailTokenDto): Promise<void> {
    return this.tokens.verifyEmail(token);
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
  resendVerification(@Body() { email }: EmailDto): Promise<void> {
    return this.tokens.request('verify_email', email);
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
  forgotPassword(@Body() { email }: EmailDto): Promise<void> {
    return this.tokens.request('reset_password', email);
  }

  /** Sets a new password with a mailed token. Ends every session; sign in with the new password. */
  @Post('password/reset')
  @HttpCode(204)
  @Public({ credentials: 'ignored' })
  @RateLimit(MAIL_TOKEN_POLICY)
  @Idempotent({ spansTransactions: true })
  @ApiProblems(InvalidMailTokenError, PasswordRejectedError)
  resetPassword(@Body() dto: ResetPasswordDto, @ClientDevice() { address }: Device): Promise<void> {
    return this.passwords.reset(dto.token, dto.password, address);
  }

  /** Changes your password, which needs the current one. Ends your other sessions. */
  @Post('password/change')
  @HttpCode(204)
  @SignedIn()
  @RateLimit(MAIL_TOKEN_POLICY)
  @Idempotent({ spansTransactions: true })
  @ApiProblems(CurrentPasswordWrongError, PasswordRejectedError)
  changePassword(@Body() dto: ChangePasswordDto, @CurrentUser() user: AuthenticatedUser): Promise<void> {
    return this.passwords.change(user, dto.currentPassword, dto.newPassword);
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
  requestMagicLink(@Body() { email }: EmailDto): Promise<void> {
    return this.tokens.request('magic_link', email);
  }

  /** Signs in with the token of a magic link. With a second factor, the answer asks for it. */
  @Post('magic-links/verify')
  @HttpCode(200)
  @Public({ credentials: 'ignored' })
  @RateLimit(MAIL_TOKEN_POLICY)
  @ApiSignInOutcome()
  @ApiProblems(InvalidMailTokenError, InvalidCredentialsError)
  async verifyMagicLink(@Body() { token }: MailTokenDto, @ClientDevice() device: Device): Promise<SignInOutcomeDto> {
    return toSignInOutcome(await this.auth.loginByMail(token, device));
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
  changeEmail(@Body() { newEmail }: ChangeEmailDto, @CurrentUser() user: AuthenticatedUser): Promise<void> {
    return this.emailChange.request(user.id, newEmail);
  }

  /** Confirms one end of a change of address. */
  @Post('email/confirm')
  @HttpCode(200)
  @Public({ credentials: 'ignored' })
  @RateLimit(MAIL_TOKEN_POLICY)
  @ApiProblems(InvalidMailTokenError, UserEmailTakenError)
  async confirmEmail(@Body() { token }: MailTokenDto): Promise<EmailChangeResponseDto> {
    return { status: await this.emailChange.confirm(token) };
  }
}
