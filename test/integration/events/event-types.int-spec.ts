import { resolve } from 'node:path';
import ts from 'typescript';
import { dataSchemaOf } from '../../../src/events/event-schemas.js';
import { EVENT_TYPES, INTERNAL_EVENT_TYPES, typesOf, unknownFilters } from '../../../src/events/event-types.js';
import { EVENT_QUEUES } from '../../../src/jobs/queues.js';
import { faultOf } from '../../support/told-events.js';

const PROJECT = resolve(__dirname, '../../..');
/** By triggers, which the compiler does not know. */
const TOLD_BY_THE_DATABASE = ['variant.availability_changed'];
const NAMES = EVENT_TYPES.map(({ type }) => type);

describe('the catalogue of events', () => {
  it('names every type once, and as outsiders or as our own jobs read it', () => {
    const all = [...NAMES, ...INTERNAL_EVENT_TYPES];
    expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([]);
    expect(all.filter((name) => !/^[a-z_]+\.[a-z_]+$/.test(name))).toEqual([]);
    expect(Object.keys(EVENT_QUEUES).filter((name) => !all.includes(name))).toEqual([]);
  });

  it('says in a sentence when each happens', () => {
    expect(EVENT_TYPES.filter(({ summary }) => !/^[A-Z].*\.$/.test(summary)).map(({ type }) => type)).toEqual([]);
  });

  it('lists every type that the code can write, as the compiler knows it', () => {
    const told = toldTypes();
    expect(told.filter(({ type }) => type === 'string')).toEqual([]);
    const types = new Set([...told.map(({ type }) => type), ...TOLD_BY_THE_DATABASE]);
    expect([...types].filter((type) => !NAMES.includes(type) && !INTERNAL_EVENT_TYPES.includes(type))).toEqual([]);
    // And the other way round, so that nobody waits for what is never told.
    const untold = [...NAMES, ...INTERNAL_EVENT_TYPES].filter((type) => !types.has(type));
    expect(untold).toEqual([]);
  });

  it('holds events against the schemas it is shown by', () => {
    const aggregateType = 'order';
    const placed = { type: 'order.placed', aggregateType };
    const orderId = '01970c1e-7d3b-7c1a-9d7e-0a4b5c6d7e8f';
    expect(faultOf({ ...placed, data: { orderId, customerId: null } })).toBeNull();
    expect(faultOf({ ...placed, data: { customerId: null } })).toMatch(/orderId/);
    expect(faultOf({ ...placed, data: { orderId: 'no', customerId: null } })).toMatch(/format/);
    expect(faultOf({ ...placed, data: { orderId, more: 1 } })).toMatch(/additional/);
    expect(faultOf({ ...placed, aggregateType: 'cart', data: { orderId } })).toMatch(/told of a cart/);
    expect(faultOf({ type: 'order.dreamt', aggregateType, data: {} })).toMatch(/in no list/);
    expect(dataSchemaOf(EVENT_TYPES[0]!)).toMatchObject({ required: ['orderId'] });
  });

  it('knows filters by name, by aggregate and for all', () => {
    expect(typesOf(['order.placed'])).toEqual(['order.placed']);
    expect(typesOf(['return.*', 'return.received'])).toEqual(NAMES.filter((name) => name.startsWith('return.')));
    expect(typesOf(['*'])).toEqual(NAMES);
    expect(typesOf(['mail.*', 'mail.requested', 'ord*'])).toEqual([]);
    expect(unknownFilters(['order.*', 'mail.*', 'ord*', 'order.'])).toEqual(['mail.*', 'ord*', 'order.']);
  });
});

/** The types of all events that are handed to the outbox anywhere; `string` where the compiler knows no better. */
function toldTypes(): { type: string; at: string }[] {
  const { config } = ts.readConfigFile(`${PROJECT}/tsconfig.build.json`, ts.sys.readFile) as { config: object };
  const { fileNames, options } = ts.parseJsonConfigFileContent(
    { extends: './tsconfig.json', ...config },
    ts.sys,
    PROJECT,
    { noEmit: true, types: ['node'] },
  );
  const program = ts.createProgram(fileNames, options);
  const checker = program.getTypeChecker();
  const told: { type: string; at: string }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node) || ts.isObjectLiteralExpression(node)) tell(node);
    ts.forEachChild(node, visit);
  };
  /** Whatever has the members of an event is one: those that are made on the way to the outbox as well. */
  const tell = (node: ts.Expression): void => {
    const made = checker.getTypeAtLocation(node);
    if (!['type', 'aggregateType', 'aggregateId', 'aggregateVersion', 'data'].every((name) => made.getProperty(name)))
      return;
    const own = ts.isObjectLiteralExpression(node)
      ? node.properties.find(({ name }) => name?.getText() === 'type')
      : null;
    // A copy of an event has been made elsewhere.
    if (own === undefined) return;
    const type =
      own && ts.isPropertyAssignment(own)
        ? checker.getTypeAtLocation(own.initializer)
        : checker.getTypeOfSymbolAtLocation(made.getProperty('type')!, node);
    const at = `${node.getSourceFile().fileName}:${node.getSourceFile().getLineAndCharacterOfPosition(node.pos).line + 1}`;
    for (const one of type.isUnion() ? type.types : [type])
      told.push({ type: one.isStringLiteral() ? one.value : checker.typeToString(one), at });
  };
  for (const source of program.getSourceFiles())
    if (source.fileName.startsWith(`${PROJECT}/src/`) && !source.fileName.endsWith('.spec.ts')) visit(source);
  return told;
}
