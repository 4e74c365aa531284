import { IsBoolean, IsOptional } from 'class-validator';
import type { KeyUse } from '../signing-keys.js';

export class RotateSigningKeyDto {
  /**
   * True when a key has leaked: the new one signs at once, and every token of the others stops working within seconds.
   * @example false
   */
  @IsOptional()
  @IsBoolean()
  isUrgent?: boolean;
}

/** A key that verifies access tokens; never its secret part. */
export class SigningKeyResponseDto {
  /**
   * RFC 7638 thumbprint, as in the published keys and in the header of tokens.
   * @example "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s"
   */
  kid: string;

  /** From when on it signs; null for a key of the settings. @example "2026-01-15T09:35:00.000Z" */
  activatesAt: Date | null;

  /** From when on its tokens are no longer good; null when that is not foreseen. @example null */
  retiresAt: Date | null;

  /** True for the one that signs new tokens. @example true */
  isCurrent: boolean;
}

/** Every key that verifies access tokens, oldest first. */
export class SigningKeyListDto {
  data: SigningKeyResponseDto[];

  /** Always null: there is one page. @example null */
  nextCursor: string | null;
}

export function toSigningKeyList(uses: readonly KeyUse[], currentKid: string): SigningKeyListDto {
  const data = uses.map(({ key: { kid }, activatesAt, retiresAt }) => ({
    kid,
    activatesAt,
    retiresAt,
    isCurrent: kid === currentKid,
  }));
  return { data, nextCursor: null };
}

/** A public key (RFC 7517). */
export class JwkDto {
  /** @example "EC" */
  kty: string;

  /** @example "P-256" */
  crv: string;

  /** @example "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU" */
  x: string;

  /** @example "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" */
  y: string;

  /**
   * The key's thumbprint (RFC 7638), as in the header of the tokens it signed.
   * @example "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"
   */
  kid: string;

  /** @example "ES256" */
  alg: string;

  /** @example "sig" */
  use: string;
}

/** The keys that access tokens are signed with. */
export class JwksDto {
  keys: JwkDto[];
}
