import type { IdentityDetails } from '../identities.repository.js';

/** A provider that opens your account. */
export class IdentityResponseDto {
  /** @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f" */
  id: string;

  /**
   * Name of the provider.
   * @example "google"
   */
  provider: string;

  /**
   * The address that the provider told last; it need not be the one of your account.
   * @example "ada@example.com"
   */
  email: string | null;

  /** @example "2026-01-15T09:30:00.000Z" */
  createdAt: string;

  /**
   * When it was last signed in with.
   * @example "2026-01-15T09:30:00.000Z"
   */
  lastUsedAt: string | null;
}

export class IdentityListDto {
  data: IdentityResponseDto[];
}

export function toIdentityResponse({
  id,
  provider,
  email,
  createdAt,
  lastUsedAt,
}: IdentityDetails): IdentityResponseDto {
  return {
    id,
    provider,
    email,
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  };
}
