import { Injectable } from '@nestjs/common';
import { InvalidRequestError } from '../../common/errors/request.errors.js';
import { type CursorPosition, Cursors } from '../../common/pagination/cursor.js';
import type { Page } from '../../common/pagination/page.dto.js';
import { CategoriesRepository } from '../categories/categories.repository.js';
import { ProductNotFoundError, VariantNotFoundError } from '../products.errors.js';
import { correctedTerms, RANKED_WINDOW, type SearchPosition, type SearchTerms, wordsOf } from './catalogue-search.js';
import type { Audience, KeysetPosition, ProductRow, VariantRow } from './catalogue-sql.js';
import { CatalogueRepository, type FoundProductRow, type PageRequest } from './catalogue.repository.js';
import type { ListProductsDto, ProductSort } from './dto/list-products.dto.js';

/** What shoppers and staff read of the catalogue. */
@Injectable()
export class CatalogueService {
  constructor(
    private readonly catalogue: CatalogueRepository,
    private readonly categories: CategoriesRepository,
    private readonly cursors: Cursors,
  ) {}

  /**
   * Lists products: for the public those on sale, for staff all.
   *
   * One statement, and one more each for a category, an exact count, or a search that found nothing as it was typed.
   *
   * @throws InvalidRequestError for a cursor of another list, `sort=relevance` without `q`, or a status the public may not ask for.
   */
  async list(query: ListProductsDto, audience: Audience): Promise<Page<ProductRow>> {
    const { q, category, cursor, limit, count, sort, tag, brand, attributes, price, inStock, currency, status } = query;
    const order = sort ?? (q === undefined ? '-createdAt' : 'relevance');
    if (order === 'relevance' && q === undefined) throw InvalidRequestError.of('?sort', 'relevance', 'needs q');
    if (audience === 'public' && status?.some((one) => one !== 'published')) {
      throw InvalidRequestError.of('?status', 'scope', 'other than published needs the scope products:read');
    }
    const context = contextOf(query, order, audience);
    const position = cursor === undefined ? undefined : this.cursors.decode(context, cursor);
    const request: PageRequest = {
      filters: {
        audience,
        currency,
        tag,
        brand,
        attributes,
        price,
        inStock,
        status,
        categoryIds:
          category === undefined ? undefined : (await this.categories.findSubtree(category)).map(({ id }) => id),
      },
      search: q === undefined ? null : { kind: 'typed', text: q },
      limit: limit + 1,
    };
    const { rows, next } =
      order === 'relevance' ? await this.matches(request, position) : await this.sorted(request, order, position);
    return {
      data: rows,
      nextCursor: next === null ? null : this.cursors.encode(context, next),
      ...(count === 'exact' ? { total: await this.catalogue.count(request) } : {}),
    };
  }

  /** @throws ProductNotFoundError, also for a product that the audience may not see. */
  async get(idOrSlug: string, audience: Audience, currency: string): Promise<ProductRow> {
    const row = await this.catalogue.findOne(idOrSlug, audience, currency);
    if (!row) throw new ProductNotFoundError();
    return row;
  }

  /** @throws VariantNotFoundError, also for a variant that the audience may not see. */
  async getVariant(id: string, audience: Audience, currency: string): Promise<VariantRow> {
    const [row] = await this.catalogue.findVariants('id', id, audience, currency);
    if (!row) throw new VariantNotFoundError();
    return row;
  }

  /** The variant with the SKU, if there is one that the audience may see. */
  findVariantsBySku(sku: string, audience: Audience, currency: string): Promise<VariantRow[]> {
    return this.catalogue.findVariants('sku', sku, audience, currency);
  }

  /** Every variant of a product. @throws ProductNotFoundError when the audience may not see the product. */
  async findVariantsOf(productId: string, audience: Audience, currency: string): Promise<VariantRow[]> {
    const rows = await this.catalogue.findVariants('product_id', productId, audience, currency);
    if (rows.length === 0) await this.get(productId, audience, currency);
    return rows;
  }

  private async sorted(
    request: PageRequest,
    sort: Exclude<ProductSort, 'relevance'>,
    position: CursorPosition | undefined,
  ): Promise<{ rows: ProductRow[]; next: CursorPosition | null }> {
    const after = position && ({ key: position[0], id: position[1] } as KeysetPosition);
    const rows = await this.catalogue.findPage(request, sort, after);
    if (rows.length < request.limit) return { rows, next: null };
    rows.pop();
    const last = rows.at(-1)!;
    return { rows, next: [last.key, last.tie] };
  }

  private async matches(
    request: PageRequest,
    position: CursorPosition | undefined,
  ): Promise<{ rows: ProductRow[]; next: CursorPosition | null }> {
    const start = position ? searchPosition(position) : { terms: request.search!, at: WINDOW_OF_NEWEST };
    request.search = start.terms;
    let rows = await this.catalogue.findMatches(request, start.at);
    if (rows.length === 0 && !position) {
      const terms = correctedTerms(await this.suggestions(start.terms));
      if (terms) {
        request.search = terms;
        rows = await this.catalogue.findMatches(request, start.at);
      }
    }
    return { rows: rows.slice(0, request.limit - 1), next: nextMatch(rows, request) };
  }

  private async suggestions(terms: SearchTerms): ReturnType<CatalogueRepository['suggest']> {
    const words = wordsOf(terms.text);
    return words.length === 0 ? [] : this.catalogue.suggest(words);
  }
}

const WINDOW_OF_NEWEST: SearchPosition = { from: null, to: null, after: null };

/** After the last row shown; or, when the window is used up, at the start of the next older one. */
function nextMatch(rows: readonly FoundProductRow[], { limit, search }: PageRequest): CursorPosition | null {
  const last = rows.length < limit ? undefined : rows[limit - 2];
  const { kind, text } = search!;
  if (last) return [kind, text, Number(last.window_from), Number(last.window_to), Number(last.key), Number(last.tie)];
  const window = rows[0];
  if (window === undefined || Number(window.window_size) < RANKED_WINDOW) return null;
  return [kind, text, Number(window.window_to) - 1, null, null, null];
}

function searchPosition([kind, text, from, to, rank, ordinal]: CursorPosition): {
  terms: SearchTerms;
  at: SearchPosition;
} {
  return {
    terms: { kind, text } as SearchTerms,
    at: {
      from: from as number,
      to: to as number | null,
      after: rank === null ? null : { rank: rank as number, ordinal: ordinal as number },
    },
  };
}

/** What a cursor is bound to: the list, all that chooses its rows, and who reads. */
function contextOf(query: ListProductsDto, sort: ProductSort, audience: Audience): string {
  const { q, category, tag, brand, attributes, price, inStock, currency, status } = query;
  const chosen = { q, category, tag, brand, attributes, price, inStock, status, currency };
  return `products ${audience} ${sort} ${JSON.stringify(chosen)}`;
}
