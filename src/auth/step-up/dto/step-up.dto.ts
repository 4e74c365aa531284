import { Type } from 'class-transformer';
import { IsObject, IsString, MaxLength, ValidateNested } from 'class-validator';
import { MayBeAbsent } from '../../../common/validation/decorators.js';
import { IsSecondFactorCode } from '../../mfa/second-factor-code.js';
import { PasskeyAnswerDto } from '../../passkeys/dto/credential.dto.js';

/** The password, with `code` too if there is a second factor; or a passkey alone. */
export class StepUpDto {
  /** @example "seven quiet otters" */
  @MayBeAbsent()
  @IsString()
  @MaxLength(1024)
  password?: string;

  /** Of the authenticator app, or a recovery code. @example "005924" */
  @MayBeAbsent()
  @IsSecondFactorCode()
  code?: string;

  /** Of `POST /auth/passkeys/login/options`; must be one of yours. */
  @MayBeAbsent()
  @IsObject()
  @ValidateNested()
  @Type(() => PasskeyAnswerDto)
  passkey?: PasskeyAnswerDto;
}
