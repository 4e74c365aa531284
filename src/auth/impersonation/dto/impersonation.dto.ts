import { IsString, MaxLength } from 'class-validator';
import { IsNotBlank } from '../../../common/validation/decorators.js';
import { toUserResponse, UserResponseDto } from '../../../users/dto/user-response.dto.js';
import type { Impersonation } from '../impersonation.service.js';

export class ImpersonateDto {
  /** Why it is needed; kept in the audit log. @example "Ticket 4711: the basket shows a wrong total" */
  @IsString()
  @IsNotBlank()
  @MaxLength(500)
  reason: string;
}

/** A token with which a member of staff acts as a customer; it cannot be refreshed. */
export class ImpersonationResponseDto {
  user: UserResponseDto;

  /**
   * A JWT (RFC 9068) for the `Authorization: Bearer` header.
   * @example "eyJhbGciOiJFUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6Ii4uLiJ9.eyJzdWIiOiIuLi4ifQ.c2lnbmF0dXJl"
   */
  accessToken: string;

  /** Seconds until it ends. @example 900 */
  expiresIn: number;

  /** @example "Bearer" */
  tokenType: 'Bearer';
}

export function toImpersonationResponse({ user, accessToken, expiresIn }: Impersonation): ImpersonationResponseDto {
  return { user: toUserResponse(user), accessToken, expiresIn, tokenType: 'Bearer' };
}
