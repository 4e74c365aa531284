import { ApiProperty, PickType } from '@nestjs/swagger';
import { shown } from '../../../common/http/resource.dto.js';
import { PageOf } from '../../../common/pagination/page.dto.js';
import { Passkey } from '../entities/passkey.entity.js';

const SHOWN = ['id', 'name', 'transports', 'isBackedUp', 'createdAt', 'lastUsedAt'] as const;

/** A passkey of yours. */
export class PasskeyResponseDto extends PickType(Passkey, SHOWN) {}

/** The passkey that was added. */
export class NewPasskeyResponseDto extends PasskeyResponseDto {
  /**
   * Codes for the day the device is lost, each good for one sign-in. Shown this once; null when you have codes from before.
   * @example ["k7qd-3mwf-9xbn-t2hz", "0r5s-vj8c-e41g-pyaw"]
   */
  recoveryCodes: string[] | null;
}

/** One page of passkeys. */
export class PasskeyPageDto extends PageOf(PasskeyResponseDto) {}

export const toPasskeyResponse = (passkey: Passkey): PasskeyResponseDto => shown(passkey, SHOWN);

/** A passkey by its id. */
export class CredentialDescriptorDto {
  /** @example "q83vEjRWeJCrze8SNFZ4kA" */
  id: string;

  /** @example "public-key" */
  type: string;

  /** How its authenticator can be reached. @example ["internal"] */
  transports: string[];
}

/** Us, as the authenticator shows it. */
export class RelyingPartyDto {
  /** @example "shop.example" */
  id: string;

  /** @example "Storehouse" */
  name: string;
}

/** You, as the authenticator shows it. */
export class PasskeyUserDto {
  /** User handle: the bytes of your user id. @example "AZcMHn07fBqdfgpLXG1-jw" */
  id: string;

  /** @example "ada@example.com" */
  name: string;

  /** @example "Ada Lovelace" */
  displayName: string;
}

/** A kind of key that is accepted. */
export class CredentialParametersDto {
  /** @example "public-key" */
  type: string;

  /** COSE algorithm. @example -7 */
  alg: number;
}

/** What is asked of the authenticator. */
export class AuthenticatorSelectionDto {
  /** @example "required" */
  residentKey: string;

  /** @example true */
  requireResidentKey: boolean;

  /** @example "required" */
  userVerification: string;
}

/** For `PublicKeyCredential.parseCreationOptionsFromJSON()` and `navigator.credentials.create()`. */
export class CreationOptionsDto {
  /** @example "4AAq0jC0nq5TfKjBvtzX3eXYyzQFvXOMpRNAvBKpyN8" */
  challenge: string;

  rp: RelyingPartyDto;

  user: PasskeyUserDto;

  pubKeyCredParams: CredentialParametersDto[];

  /** Milliseconds for which the options can be answered. @example 300000 */
  timeout: number;

  /** @example "none" */
  attestation: string;

  /** Passkeys that you have already. */
  excludeCredentials: CredentialDescriptorDto[];

  authenticatorSelection: AuthenticatorSelectionDto;

  @ApiProperty({ type: 'object', additionalProperties: true, example: { credProps: true } })
  extensions: Record<string, unknown>;
}

/** For `PublicKeyCredential.parseRequestOptionsFromJSON()` and `navigator.credentials.get()`. */
export class RequestOptionsDto {
  /** @example "4AAq0jC0nq5TfKjBvtzX3eXYyzQFvXOMpRNAvBKpyN8" */
  challenge: string;

  /** @example "shop.example" */
  rpId: string;

  /** Milliseconds for which the options can be answered. @example 300000 */
  timeout: number;

  /** @example "required" */
  userVerification: string;

  /** Passkeys that may answer; any of ours when absent. */
  allowCredentials?: CredentialDescriptorDto[];
}

/** What options come with. */
class PasskeyOptionsDto {
  /** Send it along with the answer. @example "shc_nR7yqWm0Vb2sQ5tX8uZ1cF4gH6jK9lP3oA2eD5iE7rT" */
  token: string;

  /** Seconds until new options are needed. They can be answered once. @example 300 */
  expiresIn: number;
}

/** Options for making a passkey. */
export class PasskeyCreationResponseDto extends PasskeyOptionsDto {
  options: CreationOptionsDto;
}

/** Options for using a passkey. */
export class PasskeyRequestResponseDto extends PasskeyOptionsDto {
  options: RequestOptionsDto;
}
