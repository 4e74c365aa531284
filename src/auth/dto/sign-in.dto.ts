import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, OmitType, getSchemaPath } from '@nestjs/swagger';
import { IsString, MaxLength } from 'class-validator';
import { IsNotBlank } from '../../common/validation/decorators.js';
import { IsEmailAddress } from '../../common/validation/email-address.js';
import { toUserResponse, UserResponseDto } from '../../users/dto/user-response.dto.js';
import type { Impersonation } from '../impersonation/impersonation.service.js';
import type { SecondFactor } from '../mfa/second-factors.repository.js';
import type { SignIn, SignInOutcome } from '../sign-in/sign-ins.service.js';

export class LoginDto {
  /** @example "ada@example.com" */
  @IsEmailAddress()
  email: string;

  /** @example "seven quiet otters" */
  @IsString()
  password: string;
}

export class RefreshDto {
  /**
   * The refresh token of the latest answer; it works once.
   * @example "shr_nR7yqWm0Vb2sQ5tX8uZ1cF4gH6jK9lP3oA2eD5iE7rT"
   */
  @IsString()
  refreshToken: string;
}

/** Who signed in, and the tokens to go on with. */
export class SignInResponseDto {
  user: UserResponseDto;

  /**
   * A JWT (RFC 9068) for the `Authorization: Bearer` header.
   * @example "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6Ii4uLiJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl"
   */
  accessToken: string;

  /**
   * Trades for the next pair of tokens at `POST /auth/refresh`, once.
   * @example "shr_nR7yqWm0Vb2sQ5tX8uZ1cF4gH6jK9lP3oA2eD5iE7rT"
   */
  refreshToken: string;

  /** Seconds until the access token expires. @example 900 */
  expiresIn: number;

  /** @example "Bearer" */
  tokenType: 'Bearer';
}

export function toSignInResponse({ user, accessToken, refreshToken, expiresIn }: SignIn): SignInResponseDto {
  return { user: toUserResponse(user), accessToken, refreshToken, expiresIn, tokenType: 'Bearer' };
}

/** The first factor was right, and the user has a second one: answer at `POST /auth/mfa/challenge`. */
export class SecondFactorRequiredDto {
  /** @example true */
  mfaRequired: true;

  /**
   * Good for the second step of this sign-in and for nothing else.
   * @example "shc_nR7yqWm0Vb2sQ5tX8uZ1cF4gH6jK9lP3oA2eD5iE7rT"
   */
  challengeToken: string;

  /** What the second factor can be proved with. @example ["totp", "recovery_code"] */
  methods: SecondFactor[];

  /** Seconds until the sign-in has to be begun anew. @example 600 */
  expiresIn: number;
}

export type SignInOutcomeDto = SignInResponseDto | SecondFactorRequiredDto;

export function toSignInOutcome(outcome: SignInOutcome): SignInOutcomeDto {
  if ('accessToken' in outcome) return toSignInResponse(outcome);
  return { mfaRequired: true, ...outcome };
}

/** Documents both outcomes of a sign-in. */
export const ApiSignInOutcome = (status = 200): MethodDecorator =>
  applyDecorators(
    ApiExtraModels(SignInResponseDto, SecondFactorRequiredDto),
    ApiResponse({
      status,
      description: 'Signed in, or one step short of it.',
      schema: { oneOf: [{ $ref: getSchemaPath(SignInResponseDto) }, { $ref: getSchemaPath(SecondFactorRequiredDto) }] },
    }),
  );

export class ImpersonateDto {
  /** Why it is needed; kept in the audit log. @example "Ticket 4711: the basket shows a wrong total" */
  @IsString()
  @IsNotBlank()
  @MaxLength(500)
  reason: string;
}

/** A token with which a member of staff acts as a customer; it cannot be refreshed. */
export class ImpersonationResponseDto extends OmitType(SignInResponseDto, ['refreshToken']) {}

export function toImpersonationResponse({ user, accessToken, expiresIn }: Impersonation): ImpersonationResponseDto {
  return { user: toUserResponse(user), accessToken, expiresIn, tokenType: 'Bearer' };
}
