import { externalSchematic } from '@angular-devkit/schematics';
import { addProvider, removeProvider } from '../lib/provider.mjs';
import { PORTS } from '../lib/provider-ports.mjs';
import { rule } from '../lib/rule.mjs';

const ours = rule((options, project) =>
  options.remove ? removeProvider(options, project) : addProvider(options, project),
);

/** `nest g provider <extension point> <name>`: an implementation of an extension point; `nest g provider <name>` is Nest's own. */
export function provider({ provider: name, remove, ...options }) {
  if (name === undefined && !Object.hasOwn(PORTS, options.name))
    return externalSchematic('@nestjs/schematics', 'provider', options);
  return ours({ ...options, provider: name, remove });
}
