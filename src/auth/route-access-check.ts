import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { METHOD_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { ACCESS } from '../common/security/access.decorators.js';

/** Refuses to start while a route does not say who may call it, so that forgetting to is found by whoever forgot. */
@Injectable()
export class RouteAccessCheck implements OnApplicationBootstrap {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  /** @throws Error naming every route that declares none of `@Public()`, `@SignedIn()` and `@RequireScopes()`. */
  onApplicationBootstrap(): void {
    const undeclared = this.discovery.getControllers().flatMap(({ metatype }) => {
      if (!metatype) return [];
      const prototype = metatype.prototype as Record<string, unknown>;
      return this.scanner
        .getAllMethodNames(prototype)
        .filter((name) => {
          const handler = prototype[name] as object;
          const isRoute = Reflect.hasMetadata(METHOD_METADATA, handler);
          return isRoute && !Reflect.hasMetadata(ACCESS, handler) && !Reflect.hasMetadata(ACCESS, metatype);
        })
        .map((name) => `${metatype.name}.${name}`);
    });
    if (undeclared.length > 0) {
      throw new Error(
        `These routes do not say who may call them (@Public(), @SignedIn() or @RequireScopes()): ${undeclared.join(', ')}`,
      );
    }
  }
}
