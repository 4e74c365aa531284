import { GenerationError } from './generation-error.mjs';
import { isRequired, parseFields, refusalsOf, samplesOf } from './fields.mjs';
import { GrownFeature } from './grown-feature.mjs';
import {
  conditionOf,
  constraint,
  entityMember,
  enumNames,
  requestMember,
  responseMember,
  uniqueColumns,
} from './members.mjs';
import { addColumns, nextStamp } from './migration.mjs';
import { kebab } from './names.mjs';
import { migrationEntry } from './registrations.mjs';
import { Imports, literal } from './source.mjs';
import { errorsOf } from './sources.mjs';
import {
  addBeforeClass,
  addCase,
  addConstant,
  addDecorator,
  addDecoratorArgument,
  addEntry,
  addImport,
  addMember,
  addTest,
  appendStatement,
  membersOf,
} from './syntax.mjs';
import { keeping, losing, parts } from './tests.mjs';

/** Adds fields to a feature that has rows already. @throws GenerationError before anything is changed. */
export async function addField(options, project) {
  const feature = new GrownFeature(options, project);
  const { model, changes, paths } = feature;
  const fields = parseFields(options.field);
  if (fields.length === 0) throw new GenerationError('Which field? Such as limit:int?.');
  const there = membersOf(changes.read(paths.entity), model.One);
  for (const field of fields) {
    if (there.includes(field.name)) throw new GenerationError(`${model.plural} have ${field.name} already.`);
    if (isRequired(field))
      throw new GenerationError(
        `"${field.text}": the rows that are there have none: let it be absent (${field.text}?) or give it a default.`,
      );
    if (field.type === 'ref') field.target = project.reference(field.target);
  }
  for (const field of fields) {
    addToEntity(feature, field);
    addToDto(feature, field);
    addToErrors(feature, field);
    addToTests(feature, field);
  }
  if (options.migration !== false) {
    const [first, second] = fields.map(({ name }) => kebab(name));
    const added = fields.length > 2 ? `${first}-and-more` : [first, second].filter(Boolean).join('-and-');
    const title = `add-${added}-to-${model.plural}`;
    const migration = addColumns(model, fields, nextStamp(project), title);
    feature.write(migration.path, migration.text);
    feature.register(migrationEntry(migration));
  }
  return feature.apply();
}

/** Imports into the text what was collected for it. */
const withImports = (imports) => (text) =>
  imports.entries().reduce((changed, [from, names]) => addImport(changed, from, ...names), text);

function addToEntity(feature, field) {
  const { model } = feature;
  const imports = new Imports();
  const member = entityMember(model, field, imports);
  const condition = conditionOf(field);
  const decorators = [];
  if (condition) {
    imports.add('typeorm', 'Check');
    decorators.push(`@Check('${constraint(model, field.column, 'check')}', ${literal(condition)})`);
  }
  if (field.isUnique && model.isOwned) {
    imports.add('typeorm', 'Unique');
    decorators.push(
      `@Unique('${constraint(model, ...uniqueColumns(model, field), 'key')}', ['userId', '${field.name}'])`,
    );
  }
  feature.edit(
    'entity',
    (text) => addMember(text, model.One, member),
    field.type === 'enum' && ((text) => addBeforeClass(text, model.One, enumDeclaration(model, field))),
    ...decorators.map((decorator) => (text) => addDecorator(text, model.One, decorator)),
    withImports(imports),
  );
}

function addToDto(feature, field) {
  const { model } = feature;
  const imports = new Imports();
  const asked = requestMember(model, field, imports);
  const answered = responseMember(model, field, imports);
  feature.edit(
    'dto',
    (text) => addMember(text, `Create${model.One}Dto`, asked),
    (text) => addMember(text, `${model.One}ResponseDto`, answered),
    withImports(imports),
  );
}

/** What a write that violates a constraint of the field is refused with. */
function addToErrors(feature, field) {
  const { model, paths, changes } = feature;
  const { Many, one, many, plural } = model;
  const { unique, unknown } = errorsOf({ ...model, fields: [field] });
  for (const { name, base, text: declared, constraint: violated } of [...unique, ...unknown]) {
    feature.edit(
      'errors',
      (text) => addImport(text, model.up('common/errors/domain.error.js'), base),
      (text) => appendStatement(text, declared),
    );
    const meaning = `${violated}: () => new ${name}()`;
    if (changes.read(paths.repository).includes('const MEANINGS')) {
      feature.edit('repository', (text) => addEntry(text, 'MEANINGS', meaning));
    } else {
      feature.edit(
        'repository',
        (text) => addConstant(text, 'SORT_KEYS', `const MEANINGS = { ${meaning} };`),
        (text) => addImport(text, model.up('database/postgres-errors.js'), 'onViolation'),
        ...['insert', 'save'].map((write) => (text) => {
          const call = `this.${many}.${write}(${one})`;
          if (!text.includes(call)) throw new GenerationError(`${paths.repository} has no ${call} any more.`);
          return text.replace(call, `onViolation(${call}, MEANINGS)`);
        }),
      );
    }
    feature.edit('repository', (text) => addImport(text, `./${plural}.errors.js`, name));
    feature.edit(
      'controller',
      (text) => addImport(text, `./${plural}.errors.js`, name),
      (text) => addDecoratorArgument(text, `${Many}Controller`, 'create', 'ApiProblems', name),
      (text) => addDecoratorArgument(text, `${Many}Controller`, 'update', 'ApiProblems', name),
    );
  }
}

function addToTests(feature, field) {
  const { model } = feature;
  const { name, isOptional, preset, type } = field;
  const { One, plural } = model;
  const cases = isOptional
    ? ['can lose its %s', `'${name}'`, losing(model, `['${name}']`)]
    : ['keeps its %s', `'${name}'`, keeping(model, `['${name}']`)];
  feature.edit(
    'unit',
    (text) => addEntry(text, 'WHOLE', `${name}: ${literal(samplesOf(field)[0])}`),
    ...refusalsOf(field).map(
      ([code, pointer]) =>
        (text) =>
          addCase(text, 'refuses %j', `[{ ${name}: ${code} }, '${pointer}']`) ?? text,
    ),
    (text) => addCase(text, cases[0], cases[1]) ?? addTest(text, cases[2]),
  );
  const { build, writer } = parts(model);
  const token = `{ token: ${writer}.token }`;
  const value =
    type === 'ref'
      ? field.target.factory.code
      : literal(samplesOf(field)[type === 'enum' || type === 'boolean' ? 1 : 0]);
  const imports = new Imports();
  if (type === 'ref')
    for (const [from, made] of field.target.factory.imports) imports.add(`../../factories/${from}`, made);
  feature.edit(
    'endToEnd',
    (text) =>
      addTest(
        text,
        `it('${isOptional ? 'may have' : 'have'} a ${field.words}${isOptional ? ', and may be without' : `, ${literal(preset).replaceAll("'", '')} unless another is given`}', async () => {
  const made = (await app.post('/${plural}', ${build()}, ${token})).json<${One}ResponseDto>();
  expect(made.${name}).${isOptional ? 'toBeNull()' : `toBe(${literal(preset)})`};
  const ${name} = ${value};
  const changed = await app.patch(\`/${plural}/\${made.id}\`, { ${name} }, ${token});
  expect(changed.json()).toEqual({ ...made, ${name}, version: 2, updatedAt: expect.any(String) });
  expect((await app.get(\`/${plural}/\${made.id}\`, ${token})).json()).toEqual(changed.json());
});`,
      ),
    withImports(imports),
  );
}

const enumDeclaration = (model, field) => {
  const { list, type } = enumNames(model, field);
  return `export const ${list} = ${literal(field.values)} as const;\nexport type ${type} = (typeof ${list})[number];`;
};
