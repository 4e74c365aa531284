import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import type { IdentityProvider } from './identity-provider.js';
import { OidcProviderNotFoundError } from './oidc.errors.js';

/** The providers of `OIDC_PROVIDERS`. Addresses that we call come from there alone. */
@Injectable()
export class IdentityProviders implements OnModuleInit {
  private readonly providers = new Map<string, IdentityProvider>();

  constructor(private readonly environment: Environment) {}

  /** A shop without other providers does not load the libraries that talk to them. */
  async onModuleInit(): Promise<void> {
    for (const setting of this.environment.OIDC_PROVIDERS) {
      const provider =
        setting.protocol === 'github'
          ? new (await import('./github.provider.js')).GitHubProvider(setting)
          : new (await import('./openid-connect.provider.js')).OpenIdConnectProvider(setting);
      this.providers.set(provider.name, provider);
    }
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
