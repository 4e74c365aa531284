import type { ProductStatus } from '../../entities/product.entity.js';

/**
 * What a column holds. `texts` is a list of texts, `objects` a list of objects, `value` anything that an attribute can be.
 * Cells of a CSV file are text; a number, boolean or list is read from it.
 */
export type ColumnType = 'text' | 'number' | 'boolean' | 'texts' | 'objects' | 'value';

export interface ColumnRule {
  readonly type: ColumnType;
  /** May be absent, null or blank. */
  readonly optional?: boolean;
  /** Between the items of a `texts` cell in a CSV file. */
  readonly separator?: string;
}

/** Where a text comes from. Blanks at either end go, and runs of blanks count as one. */
export type TextSource =
  | { readonly constant: string }
  | {
      readonly column: string;
      /** Regular expression; its first group is taken, and nothing when it does not match. */
      readonly pattern?: string;
      readonly letters?: 'upper' | 'lower';
      /** Used when the column is blank. */
      readonly otherwise?: TextSource;
    }
  /** `{column}` stands for the value of a column. */
  | { readonly template: string };

/** Refuses rows whose column meets the condition. The first rule that applies gives the reason. */
export interface RefusalRule {
  readonly code: string;
  readonly message: string;
  readonly column: string;
  readonly when: Condition;
}

export type Condition =
  | { readonly matches: string }
  | { readonly isOneOf: readonly string[] }
  | { readonly isBlank: true }
  | { readonly isAtMost: number }
  | { readonly isBelow: number }
  | { readonly equals: number }
  /** More decimals than this currency has. */
  | { readonly isFinerThan: string };

export interface PriceSource {
  readonly column: string;
  readonly currency: string;
}

export interface ProductRule {
  /** Rows of one key are one product. Unique within the mapping, and kept for good. */
  readonly key: TextSource;
  readonly name: TextSource;
  readonly description?: TextSource;
  readonly brand?: TextSource;
  /** Status of a product that is new. */
  readonly status: Exclude<ProductStatus, 'archived'>;
  /** Categories, each as its path from the top: a column that lists the names, or one source a level. */
  readonly categories?: readonly ({ readonly path: string } | { readonly levels: readonly TextSource[] })[];
  readonly tags?: { readonly column: string };
  /** Attributes by the names of their columns. Those in which rows of a product differ become options when variants have some. */
  readonly attributes?: { readonly columns: readonly string[] } | { readonly allExcept: readonly string[] };
  /** Which value counts where rows of one product disagree on name, description, brand or price; `most_frequent` lets the later win ties. */
  readonly onDisagreement?: 'latest' | 'most_frequent';
}

export interface VariantRule {
  /** Rows of one SKU are one variant; with `digestPrefix` each row is one, and gets a SKU made from what it says. */
  readonly sku: TextSource | { readonly digestPrefix: string };
  readonly price?: PriceSource;
  readonly barcode?: TextSource;
  /** Pieces of each new variant; without it stock starts at 0. */
  readonly onHand?: number;
  /** Turns the attributes in which rows of a product differ into options. */
  readonly options?: {
    /** Value of a variant that lacks the attribute. */
    readonly missing: string;
    /** Option that numbers the rows which say the same. */
    readonly repeat: string;
  };
}

interface MappingBase {
  /** Lower-case words joined by hyphens; the first part of every key the mapping makes. */
  readonly name: string;
  readonly format: 'ndjson' | 'csv';
  /** As in the Encoding standard; `utf-8` by default. */
  readonly encoding?: string;
  /** Between the cells of a CSV file; a comma by default. */
  readonly delimiter?: string;
  /** Every column the file may have; `*` describes all others, which are refused without it. */
  readonly columns: Readonly<Record<string, ColumnRule>>;
  readonly refuse?: readonly RefusalRule[];
}

/** Says how rows of a file become products. */
export interface ProductMapping extends MappingBase {
  readonly kind: 'products';
  readonly product: ProductRule;
  readonly variant: VariantRule;
}

/** Says how rows of a file become a category tree. */
export interface CategoryMapping extends MappingBase {
  readonly kind: 'categories';
  readonly category: {
    readonly id: TextSource;
    readonly name: TextSource;
    /** Column that lists the objects from the root to the category itself, and their member that holds the id. */
    readonly path: { readonly column: string; readonly id: string };
    /** Column that lists the objects directly below, and their member that holds the id. */
    readonly children?: { readonly column: string; readonly id: string };
  };
}

/** Says how rows of a file become orders of the past, one row a line. */
export interface OrderMapping extends MappingBase {
  readonly kind: 'orders';
  readonly order: {
    /** Rows of one number are one order. */
    readonly number: TextSource;
    /** Stands before each number, so that none is taken for one of the shop's own; `H-` by default. */
    readonly prefix?: string;
    /** `YYYY-MM-DD hh:mm[:ss]`, of the order's first row; in this IANA time zone unless the text has an offset or a `Z`. */
    readonly placedAt: { readonly column: string; readonly timeZone: string };
    /** What the source calls its customer. */
    readonly customer: TextSource;
    /** Where it has none, the customer is `<customer>@<mapping>.invalid`, to which nothing can be sent. */
    readonly email?: TextSource;
    /** Words by which staff find the order again. */
    readonly tags?: readonly TextSource[];
  };
  readonly line: {
    readonly sku: TextSource;
    /** SKU in the catalogue where it differs; a line that the catalogue does not know is kept without a variant. */
    readonly variant?: TextSource;
    readonly name: TextSource;
    /** Column of whole pieces. */
    readonly quantity: string;
    /** Of one piece, tax included. */
    readonly price: PriceSource;
  };
}

export type Mapping = ProductMapping | CategoryMapping | OrderMapping;
