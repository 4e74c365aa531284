import { Injectable } from '@nestjs/common';
import { InvalidRequestError } from '../../common/errors/request.errors.js';
import { Environment } from '../../config/environment.js';

/** Where a sign-in may lead to at its end: pages of our own origins, so that no code is handed to anybody else. */
@Injectable()
export class ReturnAddresses {
  private readonly origins: ReadonlySet<string>;

  constructor(environment: Environment) {
    const { PUBLIC_URL, STOREFRONT_URL, CORS_ORIGINS } = environment;
    const urls = [PUBLIC_URL, ...(STOREFRONT_URL === undefined ? [] : [STOREFRONT_URL]), ...CORS_ORIGINS];
    this.origins = new Set(urls.map((url) => new URL(url).origin));
  }

  /**
   * @param pointer The field it came in.
   * @throws InvalidRequestError unless it is the address of a page of `PUBLIC_URL`, `STOREFRONT_URL` or one of `CORS_ORIGINS`.
   */
  check(address: string, pointer: string): void {
    const url = URL.canParse(address) ? new URL(address) : null;
    const isPlain = url !== null && !url.username && !url.password && !address.includes('#');
    if (!isPlain || !['http:', 'https:'].includes(url.protocol) || !this.origins.has(url.origin)) {
      throw InvalidRequestError.of(pointer, 'origin', 'must be a page of an origin that this shop knows');
    }
  }
}

/** A page with something for its script behind `#`, which is sent to no server. */
export function withFragment(address: string, values: Readonly<Record<string, string>>): string {
  const url = new URL(address);
  url.hash = new URLSearchParams(values).toString();
  return url.href;
}
