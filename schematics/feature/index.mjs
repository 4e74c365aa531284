import { addFeature } from '../lib/add-feature.mjs';
import { removeFeature } from '../lib/remove-feature.mjs';
import { rule } from '../lib/rule.mjs';

/** `nest g feature <name>`: a complete feature; with `--remove`, without it. */
export const feature = rule((options, project, logger) =>
  options.remove ? removeFeature(options, project, logger) : addFeature(options, project),
);
