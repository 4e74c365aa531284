import { columnNames, conditionOf, constraint, sqlColumns, uniqueColumns } from './members.mjs';
import { capital } from './names.mjs';
import { column } from './reserved.mjs';
import { file, Imports } from './source.mjs';

const indent = (lines) => lines.map((line) => `        ${line}`).join(',\n');
const imports = () => new Imports().add('typeorm', 'type MigrationInterface', 'type QueryRunner');
const statement = (sql) => `await queryRunner.query(\`${sql}\`);`;

function migration(name, about, up, down) {
  return file(
    imports(),
    `/** ${about} */
export class ${name} implements MigrationInterface {
name = '${name}';

async up(queryRunner: QueryRunner): Promise<void> {
${up.map(statement).join('\n')}
}

async down(queryRunner: QueryRunner): Promise<void> {
${down.map(statement).join('\n')}
}
}`,
  );
}

/** The constraints of a field: its reference, its uniqueness, what its values are held to. */
function constraintsOf(model, field) {
  const condition = conditionOf(field);
  return [
    ...(field.isUnique
      ? [
          `CONSTRAINT ${constraint(model, ...uniqueColumns(model, field), 'key')} UNIQUE (${uniqueColumns(model, field).map(column).join(', ')})`,
        ]
      : []),
    ...(field.type === 'ref'
      ? [
          `CONSTRAINT ${constraint(model, field.column, 'fkey')} FOREIGN KEY (${column(field.column)}) REFERENCES ${field.target.table} (id) ON DELETE ${field.isOptional ? 'SET NULL' : 'CASCADE'}`,
        ]
      : []),
    ...(condition ? [`CONSTRAINT ${constraint(model, field.column, 'check')} CHECK (${condition})`] : []),
  ];
}

const index = (model, ...columns) =>
  `CREATE INDEX ${constraint(model, ...columns, 'idx')} ON ${model.table} (${columns.map(column).join(', ')})`;

function indexesOf(model, field) {
  return field.type === 'ref' && (!field.isUnique || model.isOwned) ? [index(model, field.column)] : [];
}

/** The migration that creates the table of a feature. */
export function createTable(model, stamp) {
  const { table, Many, manyWords, fields, isOwned, isStaffed, sortField, job, scopes, roles } = model;
  const columns = [
    'id uuid NOT NULL',
    ...(isOwned ? ['user_id uuid NOT NULL'] : []),
    ...fields.flatMap(sqlColumns),
    ...(job ? ['processed_at timestamptz'] : []),
    'version integer NOT NULL DEFAULT 1',
    'created_at timestamptz NOT NULL DEFAULT now()',
    'updated_at timestamptz NOT NULL DEFAULT now()',
    `CONSTRAINT ${table}_pkey PRIMARY KEY (id)`,
    ...(isOwned
      ? [`CONSTRAINT ${table}_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE`]
      : []),
    ...fields.flatMap((field) => constraintsOf(model, field)),
  ];
  const isListedAlone = isOwned && !isStaffed;
  const indexes = [
    ...(isOwned ? [index(model, 'user_id', 'created_at', 'id')] : []),
    ...(isListedAlone ? [] : [index(model, 'created_at', 'id')]),
    ...(sortField ? [index(model, ...(isListedAlone ? ['user_id'] : []), sortField.column, 'id')] : []),
    ...(job === 'schedule'
      ? [`CREATE INDEX ${table}_unprocessed_idx ON ${table} (id) WHERE processed_at IS NULL`]
      : []),
    ...fields.flatMap((field) => indexesOf(model, field)),
  ];
  const granted = roles.length > 0 ? scopes.map((scope) => `'${scope}'`).join(', ') : '';
  const names = roles.map((role) => `'${role}'`).join(', ');
  const grant = granted ? [`UPDATE roles SET scopes = scopes || ARRAY[${granted}] WHERE name IN (${names})`] : [];
  const revoke = granted
    ? [
        `UPDATE roles SET scopes = ARRAY(SELECT unnest(scopes) EXCEPT SELECT unnest(ARRAY[${granted}])) WHERE name IN (${names})`,
      ]
    : [];
  return {
    name: `Create${Many}${stamp}`,
    path: `src/database/migrations/${stamp}-create-${model.plural}.ts`,
    text: migration(
      `Create${Many}${stamp}`,
      `${capital(manyWords)}.`,
      [`\n      CREATE TABLE ${table} (\n${indent(columns)}\n      )`, ...indexes, ...grant],
      [...revoke, `DROP TABLE ${table}`],
    ),
  };
}

/** The migration that adds columns to the table of a feature. */
export function addColumns(model, fields, stamp, title) {
  const { table } = model;
  const added = fields.flatMap((field) => [
    ...sqlColumns(field).map((sql) => `ADD COLUMN ${sql}`),
    ...constraintsOf(model, field).map((sql) => `ADD ${sql}`),
  ]);
  const dropped = fields.flatMap((field) => columnNames(field).map((name) => `DROP COLUMN ${name}`));
  const name = `${title.replace(/(^|-)(\w)/g, (_, __, letter) => letter.toUpperCase())}${stamp}`;
  return {
    name,
    path: `src/database/migrations/${stamp}-${title}.ts`,
    text: migration(
      name,
      `${capital(model.manyWords)}: ${fields.map((field) => field.words).join(', ')}.`,
      [
        added.length === 1 ? `ALTER TABLE ${table} ${added[0]}` : `\n      ALTER TABLE ${table}\n${indent(added)}`,
        ...fields.flatMap((field) => indexesOf(model, field)),
      ],
      [`ALTER TABLE ${table} ${dropped.join(', ')}`],
    ),
  };
}

/** A stamp after those of all migrations: the time, or one more than the latest. */
export function nextStamp(project, now = Date.now()) {
  const stamps = project.sources.flatMap(([path]) => /\/migrations\/(\d+)-/.exec(path)?.[1] ?? []).map(Number);
  return Math.max(now, ...stamps.map((stamp) => stamp + 1));
}
