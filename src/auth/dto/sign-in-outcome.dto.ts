import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { SECOND_FACTORS, type SecondFactor } from '../sign-in/second-factors.repository.js';
import type { SignInOutcome } from '../sign-in/sign-ins.service.js';
import { SignInResponseDto, toSignInResponse } from './sign-in-response.dto.js';

/** The first factor was right, and the user has a second one: answer at `POST /auth/mfa/challenge`. */
export class SecondFactorRequiredDto {
  /** @example true */
  mfaRequired: true;

  /**
   * Good for the second step of this sign-in and for nothing else.
   * @example "shc_nR7yqWm0Vb2sQ5tX8uZ1cF4gH6jK9lP3oA2eD5iE7rT"
   */
  challengeToken: string;

  /**
   * What the second factor can be proved with.
   * @example ["totp", "recovery_code"]
   */
  methods: SecondFactor[];

  /**
   * Seconds until the sign-in has to be begun anew.
   * @example 600
   */
  expiresIn: number;
}

export type SignInOutcomeDto = SignInResponseDto | SecondFactorRequiredDto;

export function toSignInOutcome(outcome: SignInOutcome): SignInOutcomeDto {
  if ('accessToken' in outcome) return toSignInResponse(outcome);
  return {
    mfaRequired: true,
    challengeToken: outcome.challengeToken,
    methods: SECOND_FACTORS.filter((factor) => outcome.methods.includes(factor)),
    expiresIn: outcome.expiresIn,
  };
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
