import { Type } from 'class-transformer';
import { IsObject, ValidateNested } from 'class-validator';
import { MayBeAbsent } from '../../../../common/validation/decorators.js';
import { IsChallengeToken, PasskeyAnswerDto } from '../../../passkeys/dto/credential.dto.js';
import { IsSecondFactorCode } from '../../second-factor-code.js';

/** The sign-in whose second factor is to be a passkey. */
export class BeginPasskeyChallengeDto {
  /**
   * From the answer to the first factor.
   * @example "shc_nR7yqWm0Vb2sQ5tX8uZ1cF4gH6jK9lP3oA2eD5iE7rT"
   */
  @IsChallengeToken()
  challengeToken: string;
}

/** The second factor of a sign-in: either `code` or `passkey`. */
export class AnswerChallengeDto {
  /**
   * From the answer to the first factor.
   * @example "shc_nR7yqWm0Vb2sQ5tX8uZ1cF4gH6jK9lP3oA2eD5iE7rT"
   */
  @IsChallengeToken()
  challengeToken: string;

  /**
   * Of the authenticator app, or a recovery code.
   * @example "005924"
   */
  @MayBeAbsent()
  @IsSecondFactorCode()
  code?: string;

  /** Of `POST /auth/mfa/challenge/passkey-options`. */
  @MayBeAbsent()
  @IsObject()
  @ValidateNested()
  @Type(() => PasskeyAnswerDto)
  passkey?: PasskeyAnswerDto;
}
