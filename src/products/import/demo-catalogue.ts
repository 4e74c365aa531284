import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { ImportService } from './import.service.js';

const FILE = join('assets', 'demo-catalogue.ndjson');

/** The products of a small shop that come with Storehouse, so that a first start has something to show. */
@Injectable()
export class DemoCatalogue {
  constructor(private readonly imports: ImportService) {}

  /**
   * Loads the demo catalogue if there is no product at all. Processes that start together take turns, and the later ones find it there.
   *
   * @returns how many products were loaded; 0 when there are products, or the catalogue does not come with this installation.
   */
  async loadOnce(): Promise<number> {
    const path = findFile();
    if (path === undefined) return 0;
    const result = await this.imports.runIfEmpty({ kind: 'products', path });
    return result?.counts.products.created ?? 0;
  }
}

/** Looks in the folders above the program that was started (`dist/main.js`, `scripts/start.mjs`), then in the working folder. */
function findFile(): string | undefined {
  const folders = [...foldersAbove(process.argv[1] ?? ''), process.cwd()];
  return folders.map((folder) => join(folder, FILE)).find((path) => existsSync(path));
}

function foldersAbove(path: string): string[] {
  const folder = dirname(path);
  return folder === path || path === '' ? [] : [folder, ...foldersAbove(folder)];
}
