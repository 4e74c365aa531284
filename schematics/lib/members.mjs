import { MAX_ENTRY, samplesOf } from './fields.mjs';
import { article, snake } from './names.mjs';
import { column } from './reserved.mjs';
import { doc, literal } from './source.mjs';

const INT4 = 2_147_483_647;
const isBig = ({ type, min, max }) => type === 'int' && (min < -INT4 || max > INT4);
const digits = (number) =>
  number === Number.MAX_SAFE_INTEGER
    ? 'Number.MAX_SAFE_INTEGER'
    : number === Number.MIN_SAFE_INTEGER
      ? 'Number.MIN_SAFE_INTEGER'
      : String(number).replace(/\B(?=(\d{3})+$)/g, '_');

/** `COUPON_KINDS` and `CouponKind` for the values of an enum. */
export const enumNames = ({ One }, { Name, name }) => ({
  type: `${One}${Name}`,
  list: `${snake(One)}_${snake(name).replace(/([^s])$/, '$1s')}`.toUpperCase(),
});

/** What a constraint of the feature's table is called. */
export const constraint = ({ table }, ...parts) => [table, ...parts].join('_');

/** The columns of an entity that are unique together because of the field. */
export const uniqueColumns = ({ isOwned }, { column: name }) => (isOwned ? ['user_id', name] : [name]);

/** The condition that the database holds the field to, if there is one. */
export function conditionOf(field) {
  const { type, values, min, max } = field;
  const name = column(field.column);
  if (type === 'enum') return `${name} IN (${values.map((value) => `'${value}'`).join(', ')})`;
  if (type === 'money') return `${field.column}_amount >= 0`;
  if (type === 'int' && (min > -INT4 || max < INT4) && !isBig(field)) {
    if (max === INT4) return `${name} >= ${min}`;
    return `${name} BETWEEN ${min} AND ${max}`;
  }
  return undefined;
}

const SQL_TYPES = {
  ...{
    string: 'text',
    text: 'text',
    boolean: 'boolean',
    date: 'date',
    datetime: 'timestamptz',
    uuid: 'uuid',
    ref: 'uuid',
  },
  ...{ enum: 'text', 'string[]': 'text[]' },
};

/** The column definitions of the field in SQL. */
export function sqlColumns(field) {
  const { type, isOptional, preset } = field;
  const absence = isOptional ? '' : ' NOT NULL';
  if (type === 'money') return [`${field.column}_amount bigint NOT NULL`, `${field.column}_currency char(3) NOT NULL`];
  const sql = type === 'int' ? (isBig(field) ? 'bigint' : 'integer') : SQL_TYPES[type];
  const standard = preset === undefined ? '' : ` DEFAULT ${typeof preset === 'string' ? `'${preset}'` : preset}`;
  return [`${column(field.column)} ${sql}${absence}${standard}`];
}

/** The names of the field's columns. */
export const columnNames = (field) =>
  field.type === 'money' ? [`${field.column}_amount`, `${field.column}_currency`] : [column(field.column)];

/** What the field is to who reads the documentation; undefined where its name says it all. */
function meaning(model, field) {
  const { type, isUnique, preset, max } = field;
  const told = [];
  if (type === 'ref') told.push(`Id of the ${field.words}`);
  if (type === 'date') told.push('A day of the calendar');
  if (isUnique)
    told.push(
      model.isOwned ? `${told.length ? 'o' : 'O'}f one user, each at most once` : `${told.length ? 'u' : 'U'}nique`,
    );
  if (type === 'string[]') told.push(`At most ${max}, each of up to ${MAX_ENTRY} characters`);
  if (preset !== undefined) told.push(`${told.length ? 'l' : 'L'}eft out, it is \`${preset}\``);
  return told.length > 0 ? `${told.join('; ')}.` : undefined;
}

const example = (field) =>
  `@example ${JSON.stringify(samplesOf(field)[0])
    .replaceAll('":', '": ')
    .replaceAll(',"', ', "')
    .replace(/^\{(.*)\}$/, '{ $1 }')}`;

/** The member of the entity, and what it imports. */
export function entityMember(model, field, imports) {
  const { type, name, isOptional, preset, isUnique } = field;
  imports.add('typeorm', 'Column');
  if (type === 'money') {
    imports.add(model.up('database/money.columns.js'), 'MoneyColumns');
    return `@Column(() => MoneyColumns)\n${name}: MoneyColumns;`;
  }
  const options = [`type: '${type === 'string[]' || type === 'enum' ? 'text' : sqlType(field)}'`];
  if (type === 'string[]') options.push('array: true');
  if (isBig(field)) {
    imports.add(model.up('database/columns.js'), 'safeInteger');
    options.push('transformer: safeInteger');
  }
  if (isOptional) options.push('nullable: true');
  if (preset !== undefined) options.push(`default: ${literal(preset)}`);
  if (isUnique && !model.isOwned) options.push('unique: true');
  const decorators = [`@Column({ ${options.join(', ')} })`];
  if (type === 'ref') {
    imports.add('typeorm', 'ForeignKey');
    decorators.push(`@ForeignKey('${field.target.entity}', { onDelete: '${isOptional ? 'SET NULL' : 'CASCADE'}' })`);
    if (!isUnique || model.isOwned) {
      imports.add('typeorm', 'Index');
      decorators.push('@Index()');
    }
  }
  return `${decorators.join('\n')}\n${name}: ${entityType(model, field)}${isOptional ? ' | null' : ''};`;
}

const sqlType = (field) =>
  sqlColumns(field)[0]
    .replace(/^"?\w+"? /, '')
    .split(' ')[0];

function entityType(model, field) {
  switch (field.type) {
    case 'int':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'datetime':
      return 'Date';
    case 'string[]':
      return 'string[]';
    case 'enum':
      return enumNames(model, field).type;
    default:
      return 'string';
  }
}

/** The validators of the field's type. */
function validators(model, field, imports) {
  const { type, min, max } = field;
  const from = (module, ...names) => imports.add(module, ...names);
  switch (type) {
    case 'string':
    case 'text': {
      const rules = [];
      if (min > 0) {
        from(model.up('common/validation/decorators.js'), 'IsNotBlank');
        rules.push('@IsNotBlank()');
      }
      if (min > 1) {
        from('class-validator', 'MinLength');
        rules.push(`@MinLength(${digits(min)})`);
      }
      if (type === 'string') {
        from(model.up('common/validation/decorators.js'), 'IsLine');
        return [...rules, `@IsLine(${digits(max)})`];
      }
      from('class-validator', 'IsString', 'MaxLength');
      return ['@IsString()', ...rules, `@MaxLength(${digits(max)})`];
    }
    case 'int':
      from('class-validator', 'IsInt', 'Max', 'Min');
      return ['@IsInt()', `@Min(${digits(min)})`, `@Max(${digits(max)})`];
    case 'boolean':
      from('class-validator', 'IsBoolean');
      return ['@IsBoolean()'];
    case 'money':
      from('class-validator', 'IsDefined', 'ValidateNested');
      from('class-transformer', 'Type');
      from(model.up('common/money/money.dto.js'), 'MoneyDto');
      return ['@IsDefined()', '@ValidateNested()', '@Type(() => MoneyDto)'];
    case 'date':
      from(model.up('common/validation/instant.js'), 'IsDay');
      return ['@IsDay()'];
    case 'datetime':
      from(model.up('common/validation/instant.js'), 'InstantAsDate');
      return ['@InstantAsDate()'];
    case 'uuid':
    case 'ref':
      from(model.up('common/validation/decorators.js'), 'IsId');
      return ['@IsId()'];
    case 'enum': {
      const { list, type: name } = enumNames(model, field);
      from('class-validator', 'IsIn');
      from(`./${model.singular}.entity.js`, list, `type ${name}`);
      return [`@IsIn(${list})`];
    }
    default:
      from('class-validator', 'ArrayMaxSize', 'IsArray', 'IsString', 'MaxLength');
      from(model.up('common/validation/decorators.js'), 'IsNotBlank');
      if (min > 0) from('class-validator', 'ArrayMinSize');
      return [
        '@IsArray()',
        ...(min > 0 ? [`@ArrayMinSize(${digits(min)})`] : []),
        `@ArrayMaxSize(${digits(max)})`,
        '@IsString({ each: true })',
        '@IsNotBlank({ each: true })',
        `@MaxLength(${MAX_ENTRY}, { each: true })`,
      ];
  }
}

const dtoType = (model, field) => (field.type === 'money' ? 'MoneyDto' : entityType(model, field));

/** The member of what a request brings. */
export function requestMember(model, field, imports) {
  const { name, isOptional, preset } = field;
  const rules = validators(model, field, imports);
  if (isOptional) imports.add('class-validator', 'IsOptional');
  if (preset !== undefined) imports.add(model.up('common/validation/decorators.js'), 'MayBeAbsent');
  if (field.type === 'enum') imports.add('@nestjs/swagger', 'ApiProperty');
  const decorators = [
    ...(isOptional ? ['@IsOptional()'] : []),
    ...(preset === undefined ? [] : ['@MayBeAbsent()']),
    ...rules,
  ];
  const mark = isOptional || preset !== undefined ? '?' : '';
  return `${doc(meaning(model, field), shown(field))}${apiEnum(model, field)}${decorators.join('\n')}
${name}${mark}: ${dtoType(model, field)}${isOptional ? ' | null' : ''};`;
}

/** Enums are shown by `@ApiProperty`, money by its own class. */
const shown = (field) => (field.type === 'enum' || field.type === 'money' ? undefined : example(field));

function apiEnum(model, field) {
  if (field.type !== 'enum') return '';
  const { list } = enumNames(model, field);
  const extra = [
    `enum: ${list}`,
    `example: ${literal(samplesOf(field)[0])}`,
    ...(field.isOptional ? ['nullable: true'] : []),
    ...(field.isOptional || field.preset !== undefined ? ['required: false'] : []),
  ];
  return `@ApiProperty({ ${extra.join(', ')} })\n`;
}

/** The member of what is answered. */
export function responseMember(model, field, imports) {
  const { name, isOptional, type } = field;
  if (type === 'enum') {
    const { list, type: enumType } = enumNames(model, field);
    imports.add('@nestjs/swagger', 'ApiProperty');
    imports.add(`./${model.singular}.entity.js`, list, `type ${enumType}`);
    const more = isOptional ? ', nullable: true' : '';
    return `@ApiProperty({ enum: ${list}, example: ${literal(samplesOf(field)[0])}${more} })\n${name}: ${enumType}${isOptional ? ' | null' : ''};`;
  }
  if (type === 'money') imports.add(model.up('common/money/money.dto.js'), 'MoneyDto');
  const meant = type === 'ref' ? `Id of the ${field.words}.` : undefined;
  return `${doc(meant, shown(field))}${name}: ${dtoType(model, field)}${isOptional ? ' | null' : ''};`;
}

/** The query parameter that narrows a list by the field. */
export function filterMember(model, field, imports) {
  const { name, type } = field;
  imports.add(model.up('common/validation/decorators.js'), 'MayBeAbsent');
  if (type === 'enum') {
    const { list, type: enumType } = enumNames(model, field);
    imports.add('class-validator', 'ArrayMaxSize', 'IsIn');
    imports.add('@nestjs/swagger', 'ApiProperty');
    imports.add(model.up('common/pagination/page.dto.js'), 'CommaSeparated');
    imports.add(`./${model.singular}.entity.js`, list, `type ${enumType}`);
    return `${doc('One, or several separated by commas.', `@example "${field.values[0]}"`)}@MayBeAbsent()
@CommaSeparated()
@ArrayMaxSize(${list}.length)
@IsIn(${list}, { each: true })
@ApiProperty({ type: String, required: false })
${name}?: ${enumType}[];`;
  }
  if (type === 'boolean') {
    imports.add('class-validator', 'IsIn');
    return `${doc('@example "true"')}@MayBeAbsent()\n@IsIn(['true', 'false'])\n${name}?: 'true' | 'false';`;
  }
  if (type === 'ref') {
    imports.add(model.up('common/validation/decorators.js'), 'IsId');
    return `${doc(`Id of ${article(field.words)}.`, example(field))}@MayBeAbsent()\n@IsId()\n${name}?: string;`;
  }
  return rangeMember(model, { name, example: '{ "gte": "2026-01-01T00:00:00Z" }' }, imports);
}

/** The query parameter for a span of time. */
export function rangeMember(model, { name, meant, example: shownAs }, imports) {
  imports.add('class-transformer', 'Type');
  imports.add('class-validator', 'ValidateNested');
  imports.add(model.up('common/pagination/range.dto.js'), 'InstantRangeDto');
  imports.add(model.up('common/validation/decorators.js'), 'MayBeAbsent');
  return `${doc(meant, `@example ${shownAs}`)}@MayBeAbsent()\n@ValidateNested()\n@Type(() => InstantRangeDto)\n${name}?: InstantRangeDto;`;
}

/** The statement that narrows a query by the filter. */
export function filterStatement({ alias }, { name, type }) {
  const key = `${alias}.${name}`;
  if (type === 'enum')
    return `if (filter.${name}) query.andWhere('${key} IN (:...${name})', { ${name}: filter.${name} });`;
  if (type === 'boolean')
    return `if (filter.${name}) query.andWhere('${key} = :${name}', { ${name}: filter.${name} === 'true' });`;
  if (type === 'ref') return `if (filter.${name}) query.andWhere('${key} = :${name}', { ${name}: filter.${name} });`;
  return `whereWithin(query, '${key}', filter.${name});`;
}
