import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsDefined,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { IsLine, IsNotBlank } from '../../../common/validation/decorators.js';

/** A member that holds bytes in base64url without padding. */
const IsBase64Url = (longest: number): PropertyDecorator =>
  applyDecorators(IsString(), MaxLength(longest), Matches(/^[A-Za-z0-9_-]+$/, { message: 'must be base64url' }));

/** The token of the options that a passkey answers. */
export const IsChallengeToken = (): PropertyDecorator => applyDecorators(IsString(), IsNotBlank(), MaxLength(100));

/** What every credential says about itself, as `PublicKeyCredential.toJSON()` gives it. */
class CredentialDto {
  /** Credential id. @example "q83vEjRWeJCrze8SNFZ4kA" */
  @IsBase64Url(1400)
  id: string;

  /** The same. @example "q83vEjRWeJCrze8SNFZ4kA" */
  @IsBase64Url(1400)
  rawId: string;

  /** @example "public-key" */
  @IsIn(['public-key'])
  type: 'public-key';

  /** How the authenticator is attached; not looked at. @example "platform" */
  @IsOptional()
  @IsString()
  @MaxLength(32)
  authenticatorAttachment?: string | null;

  /** Outputs of extensions; not looked at. */
  @ApiProperty({ type: 'object', additionalProperties: true, example: {}, selfRequired: false })
  @IsOptional()
  @IsObject()
  clientExtensionResults?: Record<string, unknown> | null;
}

/** `AuthenticatorAttestationResponse` in JSON. */
export class AttestationResponseDto {
  /** @example "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0" */
  @IsBase64Url(8_000)
  clientDataJSON: string;

  /** @example "o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVg" */
  @IsBase64Url(64_000)
  attestationObject: string;

  /** Part of `attestationObject`; not looked at. @example "SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2NFAAAAAQ" */
  @IsOptional()
  @IsBase64Url(64_000)
  authenticatorData?: string | null;

  /** How the authenticator can be reached; told to clients that look for it. @example ["internal", "hybrid"] */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(10)
  @Matches(/^[a-z-]{1,32}$/, { each: true, message: 'transports must be names such as internal' })
  transports?: string[] | null;

  /** Part of `attestationObject`; not looked at. @example "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE" */
  @IsOptional()
  @IsBase64Url(8_000)
  publicKey?: string | null;

  /** Part of `attestationObject`; not looked at. @example -7 */
  @IsOptional()
  @IsInt()
  @Min(-65_536)
  @Max(65_535)
  publicKeyAlgorithm?: number | null;
}

/** `AuthenticatorAssertionResponse` in JSON. */
export class AssertionResponseDto {
  /** @example "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0" */
  @IsBase64Url(8_000)
  clientDataJSON: string;

  /** @example "SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MFAAAAAg" */
  @IsBase64Url(8_000)
  authenticatorData: string;

  /** @example "MEUCIQDn8CgHRk8eVXTlU2UzJ9wVv0nOvXk" */
  @IsBase64Url(8_000)
  signature: string;

  /** Whose passkey it is, as the authenticator remembers it. @example "AZcMHn07fBqdfgpLXG1-jw" */
  @IsOptional()
  @IsBase64Url(100)
  userHandle?: string | null;
}

/** What `navigator.credentials.create()` gave, in JSON. */
export class RegistrationCredentialDto extends CredentialDto {
  @IsDefined()
  @ValidateNested()
  @Type(() => AttestationResponseDto)
  response: AttestationResponseDto;
}

/** What `navigator.credentials.get()` gave, in JSON. */
export class AssertionCredentialDto extends CredentialDto {
  @IsDefined()
  @ValidateNested()
  @Type(() => AssertionResponseDto)
  response: AssertionResponseDto;
}

/** A passkey, and the options that it answers. */
export class PasskeyAnswerDto {
  /** The `token` that came with the options. @example "shc_nR7yqWm0Vb2sQ5tX8uZ1cF4gH6jK9lP3oA2eD5iE7rT" */
  @IsChallengeToken()
  token: string;

  @IsDefined()
  @ValidateNested()
  @Type(() => AssertionCredentialDto)
  credential: AssertionCredentialDto;
}

/** A new passkey. */
export class CreatePasskeyDto {
  /** The `token` that came with the options. @example "shc_nR7yqWm0Vb2sQ5tX8uZ1cF4gH6jK9lP3oA2eD5iE7rT" */
  @IsChallengeToken()
  token: string;

  /** What you call it. @example "Phone" */
  @IsNotBlank()
  @IsLine(100)
  name: string;

  @IsDefined()
  @ValidateNested()
  @Type(() => RegistrationCredentialDto)
  credential: RegistrationCredentialDto;
}

/** Only what is looked at. */
export function toRegistration({ id, rawId, type, response }: RegistrationCredentialDto): RegistrationResponseJSON {
  const { clientDataJSON, attestationObject, transports } = response;
  return {
    id,
    rawId,
    type,
    response: { clientDataJSON, attestationObject, transports: transports ?? [] },
    clientExtensionResults: {},
  };
}

/** Only what is looked at. */
export function toAssertion({ id, rawId, type, response }: AssertionCredentialDto): AuthenticationResponseJSON {
  const { clientDataJSON, authenticatorData, signature, userHandle } = response;
  return {
    id,
    rawId,
    type,
    response: { clientDataJSON, authenticatorData, signature, userHandle: userHandle ?? undefined },
    clientExtensionResults: {},
  };
}
