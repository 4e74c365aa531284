import type { KeyUse } from '../signing-keys.js';

/** A key that verifies access tokens; never its secret part. */
export class SigningKeyResponseDto {
  /**
   * RFC 7638 thumbprint, as in the published keys and in the header of tokens.
   * @example "cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s"
   */
  kid: string;

  /**
   * From when on it signs; null for a key of the settings.
   * @example "2026-01-15T09:35:00.000Z"
   */
  activatesAt: string | null;

  /**
   * From when on its tokens are no longer good; null when that is not foreseen.
   * @example null
   */
  retiresAt: string | null;

  /**
   * True for the one that signs new tokens.
   * @example true
   */
  isCurrent: boolean;
}

/** Every key that verifies access tokens, oldest first. */
export class SigningKeyListDto {
  data: SigningKeyResponseDto[];

  /**
   * Always null: there is one page.
   * @example null
   */
  nextCursor: string | null;
}

export function toSigningKeyList(uses: readonly KeyUse[], currentKid: string): SigningKeyListDto {
  const data = uses.map(({ key: { kid }, activatesAt, retiresAt }) => ({
    kid,
    activatesAt: activatesAt?.toISOString() ?? null,
    retiresAt: retiresAt?.toISOString() ?? null,
    isCurrent: kid === currentKid,
  }));
  return { data, nextCursor: null };
}
