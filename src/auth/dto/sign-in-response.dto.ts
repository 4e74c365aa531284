import { toUserResponse, UserResponseDto } from '../../users/dto/user-response.dto.js';
import type { SignIn } from '../sign-in/sign-ins.service.js';

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

  /**
   * Seconds until the access token expires.
   * @example 900
   */
  expiresIn: number;

  /** @example "Bearer" */
  tokenType: 'Bearer';
}

export function toSignInResponse({ user, accessToken, refreshToken, expiresIn }: SignIn): SignInResponseDto {
  return { user: toUserResponse(user), accessToken, refreshToken, expiresIn, tokenType: 'Bearer' };
}
