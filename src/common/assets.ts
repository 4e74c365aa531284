import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Where a file of `assets` is: below a folder above the program that was started (`dist/main.js`, `scripts/start.mjs`), or below the working
 * folder. Not beside the code that asks, which a bundle moves.
 *
 * @returns undefined when it does not come with this installation.
 */
export function findAsset(name: string): string | undefined {
  const folders = [...foldersAbove(process.argv[1] ?? ''), process.cwd()];
  return folders.map((folder) => join(folder, 'assets', name)).find((path) => existsSync(path));
}

/** @throws Error when it does not come with this installation. */
export function assetPath(name: string): string {
  const path = findAsset(name);
  if (path === undefined) throw new Error(`There is no file assets/${name}`);
  return path;
}

function foldersAbove(path: string): string[] {
  const folder = dirname(path);
  return folder === path || path === '' ? [] : [folder, ...foldersAbove(folder)];
}
