import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';

/** How a client says who it is in the form, where it does not do so by HTTP Basic authentication. */
class ClientFormDto {
  /**
   * The id of the API key.
   * @example "01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f"
   */
  @IsOptional()
  @IsString()
  @MaxLength(36)
  client_id?: string;

  /**
   * The API key.
   * @example "shk_AAAAAAAAbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb1cjLPN"
   */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  client_secret?: string;
}

/** Asks for an access token. */
export class TokenRequestDto extends ClientFormDto {
  /** @example "client_credentials" */
  @IsString()
  @IsIn(['client_credentials'])
  grant_type: string;

  /**
   * Scopes with blanks between them, which narrow what the token may do; all of the client when absent.
   * @example "orders:read"
   */
  @IsOptional()
  @IsString()
  @MaxLength(1000)
  scope?: string;
}

/** Names a token. */
export class TokenFormDto extends ClientFormDto {
  /** @example "sha_Vq8yqkq0nq8cY0m0XrS0yqzq1l3m5n7p9r1t3v5x7z0" */
  @IsString()
  @MaxLength(1000)
  token: string;

  /**
   * Takes no effect: there is one type of token.
   * @example "access_token"
   */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  token_type_hint?: string;
}
