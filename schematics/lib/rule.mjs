import { SchematicsException } from '@angular-devkit/schematics';
import { GenerationError } from './generation-error.mjs';
import { Project } from './project.mjs';

/** A generator as the schematic engine wants it; what it refuses is told in one sentence. */
export const rule = (generate) => (options) => async (tree, context) => {
  try {
    await generate(options, new Project(tree), context.logger);
  } catch (error) {
    throw error instanceof GenerationError ? new SchematicsException(error.message) : error;
  }
};
