import { createHash } from 'node:crypto';
import { GenerationError } from './generation-error.mjs';

/**
 * The record of a generated feature: what was asked for, and a digest of each file as it was written. By it a feature can be taken out
 * again, and grows fields and operations; the feature itself does not know that it was generated.
 */
export const recordPath = (plural) => `schematics/generated/${plural}.json`;

export const digest = (text) => createHash('sha256').update(text).digest('base64url').slice(0, 22);

export function readRecord(project, plural) {
  const path = recordPath(plural);
  if (!project.tree.exists(path))
    throw new GenerationError(`There is no generated feature ${plural}: ${path} is not there.`);
  return JSON.parse(project.read(path));
}

/** The files of a record that are not as they were written: edited, or gone. */
export function editedFiles(project, { files }) {
  return Object.entries(files)
    .filter(([path, known]) => !project.tree.exists(path) || digest(project.read(path)) !== known)
    .map(([path]) => path);
}
