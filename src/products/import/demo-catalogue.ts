import { Injectable } from '@nestjs/common';
import { findAsset } from '../../common/assets.js';
import { ImportService } from './import.service.js';

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
    const path = findAsset('demo-catalogue.ndjson');
    if (path === undefined) return 0;
    const result = await this.imports.runIfEmpty({ kind: 'products', path });
    return result?.counts.products.created ?? 0;
  }
}
