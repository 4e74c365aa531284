import { Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import { GitHubProvider } from './github.provider.js';
import type { IdentityProvider } from './identity-provider.js';
import { OidcProviderNotFoundError } from './oidc.errors.js';
import { OpenIdConnectProvider } from './openid-connect.provider.js';

/** The providers of `OIDC_PROVIDERS`. Addresses that we call come from there alone. */
@Injectable()
export class IdentityProviders {
  private readonly providers: ReadonlyMap<string, IdentityProvider>;

  constructor(environment: Environment) {
    const providers = environment.OIDC_PROVIDERS.map((setting) =>
      setting.protocol === 'github' ? new GitHubProvider(setting) : new OpenIdConnectProvider(setting),
    );
    this.providers = new Map(providers.map((provider) => [provider.name, provider]));
  }

  /** In the order of the settings. */
  all(): readonly IdentityProvider[] {
    return [...this.providers.values()];
  }

  /** @throws OidcProviderNotFoundError */
  get(name: string): IdentityProvider {
    const provider = this.providers.get(name);
    if (!provider) throw new OidcProviderNotFoundError();
    return provider;
  }

  /** What people call a provider; its name when it is no longer in the settings. */
  labelOf(name: string): string {
    return this.providers.get(name)?.label ?? name;
  }
}
