import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The catalogue (categories, products, variants, prices), stock and its movements, and import runs. */
export class CreateProducts1767225602000 implements MigrationInterface {
  name = 'CreateProducts1767225602000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`CREATE EXTENSION IF NOT EXISTS btree_gin`);
    await queryRunner.query(`
      CREATE TABLE categories (
        id uuid NOT NULL,
        parent_id uuid,
        slug text NOT NULL,
        name text NOT NULL,
        import_key text,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT categories_pkey PRIMARY KEY (id),
        CONSTRAINT categories_slug_key UNIQUE (slug),
        CONSTRAINT categories_import_key_key UNIQUE (import_key),
        CONSTRAINT categories_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES categories (id),
        CONSTRAINT categories_parent_check CHECK (parent_id <> id)
      )`);
    await queryRunner.query(`CREATE INDEX categories_parent_id_idx ON categories (parent_id)`);

    // unaccent() is only STABLE because its dictionary could be replaced; indexes and generated columns need IMMUTABLE.
    await queryRunner.query(`
      CREATE FUNCTION immutable_unaccent(text) RETURNS text
      LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
      RETURN public.unaccent('public.unaccent'::regdictionary, $1)`);

    await queryRunner.query(`
      CREATE TABLE products (
        id uuid NOT NULL,
        ordinal bigserial NOT NULL,
        slug text NOT NULL,
        name text NOT NULL,
        description text NOT NULL DEFAULT '',
        brand text,
        status text NOT NULL DEFAULT 'draft',
        tags text[] NOT NULL DEFAULT '{}',
        attributes jsonb NOT NULL DEFAULT '{}',
        options jsonb NOT NULL DEFAULT '[]',
        import_key text,
        search tsvector NOT NULL,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        published_at timestamptz,
        CONSTRAINT products_pkey PRIMARY KEY (id),
        CONSTRAINT products_slug_key UNIQUE (slug),
        CONSTRAINT products_ordinal_key UNIQUE (ordinal),
        CONSTRAINT products_import_key_key UNIQUE (import_key),
        CONSTRAINT products_status_check CHECK (status IN ('draft', 'published', 'archived'))
      )`);
    await queryRunner.query(`CREATE INDEX products_status_created_at_id_idx ON products (status, created_at, id)`);
    await queryRunner.query(`CREATE INDEX products_status_name_id_idx ON products (status, name, id)`);
    await queryRunner.query(`CREATE INDEX products_created_at_id_idx ON products (created_at, id)`);
    await queryRunner.query(`CREATE INDEX products_name_id_idx ON products (name, id)`);
    // The coarser forms of the ordinal let a search look among the newest products first, whatever the size of the catalogue. A long
    // list of pending entries would be read by every search, so it is kept short.
    await queryRunner.query(`
      CREATE INDEX products_search_idx ON products USING gin ((ordinal >> 12), (ordinal >> 14), (ordinal >> 16), search)
      WITH (gin_pending_list_limit = 256)`);
    // A trigger and not a generated column: TypeORM would want a table of its own to remember the expression.
    await queryRunner.query(`
      CREATE FUNCTION products_set_search() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        NEW.search :=
          setweight(to_tsvector('english', immutable_unaccent(NEW.name)), 'A') ||
          setweight(to_tsvector('english', immutable_unaccent(coalesce(NEW.brand, ''))), 'B') ||
          setweight(to_tsvector('english', immutable_unaccent(array_to_string(NEW.tags, ' '))), 'C') ||
          setweight(to_tsvector('english', immutable_unaccent(NEW.description)), 'D');
        RETURN NEW;
      END $$`);
    await queryRunner.query(`
      CREATE TRIGGER products_set_search BEFORE INSERT OR UPDATE OF name, brand, tags, description ON products
      FOR EACH ROW EXECUTE FUNCTION products_set_search()`);
    await queryRunner.query(`CREATE INDEX products_attributes_idx ON products USING gin (attributes jsonb_path_ops)`);
    await queryRunner.query(`CREATE INDEX products_tags_idx ON products USING gin (tags)`);
    await queryRunner.query(`CREATE INDEX products_brand_idx ON products (brand, created_at, id)`);

    await queryRunner.query(`
      CREATE TABLE product_categories (
        product_id uuid NOT NULL,
        category_id uuid NOT NULL,
        CONSTRAINT product_categories_pkey PRIMARY KEY (product_id, category_id),
        CONSTRAINT product_categories_product_id_fkey FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE,
        CONSTRAINT product_categories_category_id_fkey FOREIGN KEY (category_id) REFERENCES categories (id)
      )`);
    await queryRunner.query(
      `CREATE INDEX product_categories_category_id_product_id_idx ON product_categories (category_id, product_id)`,
    );

    await queryRunner.query(`
      CREATE TABLE variants (
        id uuid NOT NULL,
        product_id uuid NOT NULL,
        sku text NOT NULL,
        options jsonb NOT NULL DEFAULT '{}',
        barcode text,
        weight_grams integer,
        position integer NOT NULL DEFAULT 0,
        is_archived boolean NOT NULL DEFAULT false,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT variants_pkey PRIMARY KEY (id),
        CONSTRAINT variants_sku_key UNIQUE (sku),
        CONSTRAINT variants_product_id_options_key UNIQUE (product_id, options),
        CONSTRAINT variants_product_id_fkey FOREIGN KEY (product_id) REFERENCES products (id) ON DELETE CASCADE,
        CONSTRAINT variants_weight_grams_check CHECK (weight_grams >= 0)
      )`);

    await queryRunner.query(`
      CREATE TABLE variant_prices (
        variant_id uuid NOT NULL,
        currency char(3) NOT NULL,
        amount bigint NOT NULL,
        compare_at_amount bigint,
        CONSTRAINT variant_prices_pkey PRIMARY KEY (variant_id, currency),
        CONSTRAINT variant_prices_variant_id_fkey FOREIGN KEY (variant_id) REFERENCES variants (id) ON DELETE CASCADE,
        CONSTRAINT variant_prices_amount_check CHECK (amount >= 0),
        CONSTRAINT variant_prices_compare_at_amount_check CHECK (compare_at_amount > amount)
      )`);
    await queryRunner.query(
      `CREATE INDEX variant_prices_currency_amount_variant_id_idx ON variant_prices (currency, amount, variant_id)`,
    );

    await queryRunner.query(`
      CREATE TABLE locations (
        id uuid NOT NULL,
        code text NOT NULL,
        name text NOT NULL,
        CONSTRAINT locations_pkey PRIMARY KEY (id),
        CONSTRAINT locations_code_key UNIQUE (code)
      )`);
    await queryRunner.query(
      `INSERT INTO locations (id, code, name) VALUES ('01970000-0000-7000-8000-000000000001', 'main', 'Main warehouse')`,
    );

    await queryRunner.query(`
      CREATE TABLE stock (
        variant_id uuid NOT NULL,
        location_id uuid NOT NULL,
        id uuid NOT NULL DEFAULT gen_random_uuid(),
        on_hand integer NOT NULL DEFAULT 0,
        reserved integer NOT NULL DEFAULT 0,
        version integer NOT NULL DEFAULT 1,
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT stock_pkey PRIMARY KEY (variant_id, location_id),
        CONSTRAINT stock_variant_id_fkey FOREIGN KEY (variant_id) REFERENCES variants (id) ON DELETE CASCADE,
        CONSTRAINT stock_location_id_fkey FOREIGN KEY (location_id) REFERENCES locations (id),
        CONSTRAINT stock_on_hand_check CHECK (on_hand >= 0),
        CONSTRAINT stock_reserved_check CHECK (reserved >= 0),
        CONSTRAINT stock_reserved_on_hand_check CHECK (reserved <= on_hand)
      ) WITH (fillfactor = 80)`);

    await queryRunner.query(`
      CREATE TABLE inventory_movements (
        id uuid NOT NULL,
        variant_id uuid NOT NULL,
        location_id uuid NOT NULL,
        on_hand_delta integer NOT NULL,
        reason text NOT NULL,
        note text,
        actor_id uuid,
        order_id uuid,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT inventory_movements_pkey PRIMARY KEY (id),
        CONSTRAINT inventory_movements_variant_id_location_id_fkey
          FOREIGN KEY (variant_id, location_id) REFERENCES stock (variant_id, location_id) ON DELETE CASCADE,
        CONSTRAINT inventory_movements_reason_check CHECK
          (reason IN ('received', 'count', 'damage', 'correction', 'other', 'import', 'sale', 'return', 'write_off'))
      )`);
    await queryRunner.query(
      `CREATE INDEX inventory_movements_variant_id_id_idx ON inventory_movements (variant_id, id)`,
    );
    await queryRunner.query(`
      CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
      END $$`);
    await queryRunner.query(`
      CREATE TRIGGER inventory_movements_append_only BEFORE UPDATE ON inventory_movements
      FOR EACH ROW EXECUTE FUNCTION refuse_change()`);

    await queryRunner.query(`
      CREATE TABLE reservations (
        order_id uuid NOT NULL,
        variant_id uuid NOT NULL,
        location_id uuid NOT NULL,
        quantity integer NOT NULL,
        status text NOT NULL DEFAULT 'open',
        created_at timestamptz NOT NULL DEFAULT now(),
        closed_at timestamptz,
        CONSTRAINT reservations_pkey PRIMARY KEY (order_id, variant_id, location_id),
        CONSTRAINT reservations_variant_id_location_id_fkey
          FOREIGN KEY (variant_id, location_id) REFERENCES stock (variant_id, location_id),
        CONSTRAINT reservations_quantity_check CHECK (quantity > 0),
        CONSTRAINT reservations_status_check CHECK (status IN ('open', 'released', 'shipped'))
      )`);
    await queryRunner.query(
      `CREATE INDEX reservations_open_idx ON reservations (variant_id, location_id) WHERE status = 'open'`,
    );

    await queryRunner.query(`
      CREATE TABLE import_runs (
        id uuid NOT NULL,
        kind text NOT NULL,
        source text NOT NULL,
        fingerprint text NOT NULL,
        mapping text NOT NULL,
        status text NOT NULL DEFAULT 'running',
        lines_done bigint NOT NULL DEFAULT 0,
        phase text NOT NULL DEFAULT 'reading',
        merged_key text,
        result jsonb NOT NULL DEFAULT '{}',
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT import_runs_pkey PRIMARY KEY (id),
        CONSTRAINT import_runs_status_check CHECK (status IN ('running', 'succeeded', 'failed')),
        CONSTRAINT import_runs_phase_check CHECK (phase IN ('reading', 'merging', 'finished'))
      )`);
    await queryRunner.query(`CREATE INDEX import_runs_fingerprint_idx ON import_runs (fingerprint)`);
    // Unlogged: only an unfinished import needs these rows, and it starts over when a crash of PostgreSQL has emptied them.
    await queryRunner.query(`
      CREATE UNLOGGED TABLE import_rows (
        run_id uuid NOT NULL,
        merge_key text COLLATE "C" NOT NULL,
        line bigint NOT NULL,
        fragment json NOT NULL,
        source text NOT NULL,
        CONSTRAINT import_rows_pkey PRIMARY KEY (run_id, merge_key, line)
      )`);
    await queryRunner.query(`
      CREATE UNLOGGED TABLE import_rejects (
        id bigint GENERATED ALWAYS AS IDENTITY,
        run_id uuid NOT NULL,
        line bigint NOT NULL,
        code text NOT NULL,
        message text NOT NULL,
        source text NOT NULL,
        CONSTRAINT import_rejects_pkey PRIMARY KEY (run_id, line, id)
      )`);

    await this.keepVocabulary(queryRunner);
    await this.announceChanges(queryRunner);
  }

  /** The words shoppers may have meant when they mistype: those of names, brands and tags, without numbers. */
  private async keepVocabulary(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE TABLE search_words (
        word text COLLATE "C" NOT NULL,
        CONSTRAINT search_words_pkey PRIMARY KEY (word)
      )`);
    await queryRunner.query(`CREATE INDEX search_words_trgm_idx ON search_words USING gin (word gin_trgm_ops)`);
    // In order, so that two imports that meet the same new words wait for each other instead of deadlocking.
    const learn = (source: string): string => `
      INSERT INTO search_words (word)
      SELECT DISTINCT word COLLATE "C"
      FROM ${source},
        unnest(tsvector_to_array(to_tsvector('simple',
          immutable_unaccent(concat_ws(' ', changed.name, changed.brand, array_to_string(changed.tags, ' ')))))) AS word
      WHERE word ~ '^[[:alpha:]]{3,40}$'
      ORDER BY 1
      ON CONFLICT (word) DO NOTHING`;
    await queryRunner.query(`
      CREATE FUNCTION search_words_learn() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'INSERT' THEN ${learn('changed')};
        ELSE ${learn(`(
          SELECT after.name, after.brand, after.tags FROM changed AS after JOIN before USING (id)
          WHERE (after.name, after.brand, after.tags) IS DISTINCT FROM (before.name, before.brand, before.tags)
        ) AS changed`)};
        END IF;
        RETURN NULL;
      END $$`);
    await queryRunner.query(`
      CREATE TRIGGER products_learn_words_on_insert AFTER INSERT ON products
      REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION search_words_learn()`);
    await queryRunner.query(`
      CREATE TRIGGER products_learn_words_on_update AFTER UPDATE ON products
      REFERENCING OLD TABLE AS before NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION search_words_learn()`);
  }

  /**
   * Says on the channel `catalogue` that public answers may have changed, so that caches drop them.
   *
   * Once a statement, and PostgreSQL folds equal notifications of a transaction into one. Stock speaks up only when the availability of
   * a variant changes, because NOTIFY makes transactions commit one at a time, which would cap the order rate.
   */
  private async announceChanges(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      CREATE FUNCTION availability(available bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
      RETURN CASE WHEN coalesce(available, 0) <= 0 THEN 'out' WHEN available <= 5 THEN 'low' ELSE 'in_stock' END`);
    await queryRunner.query(`
      CREATE FUNCTION notify_catalogue() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_notify('catalogue', '');
        RETURN NULL;
      END $$`);
    for (const table of ['categories', 'products', 'product_categories', 'variants', 'variant_prices']) {
      await queryRunner.query(`
        CREATE TRIGGER ${table}_notify_catalogue AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON ${table}
        FOR EACH STATEMENT EXECUTE FUNCTION notify_catalogue()`);
    }
    await queryRunner.query(`
      CREATE FUNCTION notify_catalogue_of_stock() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE
        moved boolean;
      BEGIN
        IF TG_OP = 'UPDATE' THEN
          SELECT EXISTS (
            SELECT FROM (
              SELECT after.variant_id, sum(after.on_hand - after.reserved - before.on_hand + before.reserved) AS by
              FROM after JOIN before USING (variant_id, location_id) GROUP BY after.variant_id
            ) AS change
            WHERE availability((SELECT sum(on_hand - reserved) FROM stock WHERE variant_id = change.variant_id))
              <> availability((SELECT sum(on_hand - reserved) FROM stock WHERE variant_id = change.variant_id) - change.by)
          ) INTO moved;
        ELSIF TG_OP = 'INSERT' THEN
          SELECT EXISTS (SELECT FROM after WHERE on_hand > reserved) INTO moved;
        ELSE
          SELECT EXISTS (SELECT FROM before WHERE on_hand > reserved) INTO moved;
        END IF;
        IF moved THEN PERFORM pg_notify('catalogue', ''); END IF;
        RETURN NULL;
      END $$`);
    for (const [event, tables] of [
      ['INSERT', 'NEW TABLE AS after'],
      ['UPDATE', 'OLD TABLE AS before NEW TABLE AS after'],
      ['DELETE', 'OLD TABLE AS before'],
    ]) {
      await queryRunner.query(`
        CREATE TRIGGER stock_notify_catalogue_on_${event!.toLowerCase()} AFTER ${event} ON stock
        REFERENCING ${tables} FOR EACH STATEMENT EXECUTE FUNCTION notify_catalogue_of_stock()`);
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`
      DROP TABLE search_words, import_rejects, import_rows, import_runs, reservations, inventory_movements, stock, locations, variant_prices, variants, product_categories,
        products, categories`);
    await queryRunner.query(`
      DROP FUNCTION notify_catalogue_of_stock, notify_catalogue, availability, search_words_learn, products_set_search, refuse_change`);
    await queryRunner.query(`DROP FUNCTION immutable_unaccent`);
  }
}
