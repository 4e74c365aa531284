import { globSync, readFileSync } from 'node:fs';
import { Tree } from '@angular-devkit/schematics';
import { describe, expect, it } from '@jest/globals';
import { provider } from './provider/index.mjs';

/** What the generator reads and changes. */
const BEFORE = new Map([...globSync('src/**/*.ts'), '.env.example'].map((path) => [path, readFileSync(path, 'utf8')]));

const CONTEXT = { logger: { warn: () => undefined } };
const project = () => {
  const tree = Tree.empty();
  for (const [path, text] of BEFORE) tree.create(path, text);
  return tree;
};
const read = (tree, path) => tree.read(path).toString('utf8');
/** Paths that are not as they were. */
const changed = (tree) => {
  const paths = new Set(BEFORE.keys());
  tree.visit((path) => paths.add(path.slice(1)));
  return [...paths].filter((path) => !tree.exists(path) || read(tree, path) !== BEFORE.get(path)).sort();
};

const PAYMENTS = { name: 'payments', provider: 'acme' };
const MAIL = { name: 'mail', provider: 'acme-post' };

describe('nest g provider', () => {
  it('writes a payment provider with its test, and registers it in one line, with its settings', async () => {
    const tree = project();
    await provider(PAYMENTS)(tree, CONTEXT);
    expect(changed(tree)).toEqual([
      '.env.example',
      'src/config/environment.ts',
      'src/orders/payments/acme.provider.ts',
      'src/orders/payments/provider-list.ts',
      'test/integration/orders/acme.provider.int-spec.ts',
    ]);
    expect(read(tree, 'src/orders/payments/provider-list.ts')).toContain(
      '  store_credit: StoreCreditPaymentProvider,\n  acme: AcmePaymentProvider,\n}',
    );
    expect(read(tree, 'src/config/environment.ts')).toContain('  ACME_PAYMENTS_KEY?: string;\n');
    expect(read(tree, '.env.example')).toMatch(/^#MAIL_FROM=.*\n#ACME_PAYMENTS_KEY=.*\n#ACME_PAYMENTS_URL=.*\n/m);
  });

  it('writes a mail transport, which then is enough for mail in production', async () => {
    const tree = project();
    await provider(MAIL)(tree, CONTEXT);
    expect(changed(tree)).toEqual([
      '.env.example',
      'src/config/environment.ts',
      'src/mail/acme-post-transport.ts',
      'src/mail/transport-list.ts',
      'test/integration/mail/acme-post-transport.int-spec.ts',
    ]);
    expect(read(tree, 'src/mail/transport-list.ts')).toContain('acme_post: AcmePostTransport,\n}');
    expect(read(tree, 'src/config/environment.ts')).toContain(`['SMTP_URL', 'ACME_POST_MAIL_KEY']`);
  });

  it.each([
    ['sinks', 'src/events/sinks/acme.sink.ts', 'SINK', 'src/events/sinks/sink-list.ts', 'AcmeSink'],
    ['taxes', 'src/orders/tax/acme.provider.ts', 'TAXES', 'src/orders/tax/provider-list.ts', 'AcmeTaxProvider'],
    [
      'carriers',
      'src/orders/shipping/carriers/acme.carrier.ts',
      'CARRIER',
      'src/orders/shipping/carriers/carrier-list.ts',
      'AcmeCarrier',
    ],
  ])('writes one of %s, registers it, and takes it out again', async (port, path, word, list, Class) => {
    const tree = project();
    await provider({ name: port, provider: 'acme' })(tree, CONTEXT);
    expect(changed(tree)).toContain(path);
    expect(changed(tree)).toHaveLength(5);
    expect(read(tree, list)).toContain(`acme: ${Class}`);
    expect(read(tree, 'src/config/environment.ts')).toContain(`  ACME_${word}_KEY?: string;\n`);
    await provider({ name: port, provider: 'acme', remove: true })(tree, CONTEXT);
    expect(changed(tree)).toEqual([]);
  });

  it.each([
    [
      'another extension point',
      { name: 'ships', provider: 'acme' },
      'There is no extension point ships; there are payments, mail, taxes, carriers, sinks.',
    ],
    ['a name of every object', { name: 'toString', provider: 'acme' }, 'There is no extension point toString'],
    ['a bad name', { name: 'payments', provider: '../acme' }, '"../acme" cannot name a provider'],
    ['a name that begins with a digit', { name: 'mail', provider: '9lives' }, '"9lives" cannot name a provider'],
    ['no name', { name: 'mail', provider: ' ' }, '" " cannot name a provider'],
    ['a missing name', { name: 'mail' }, '"" cannot name a provider'],
    ['a reserved word', { name: 'payments', provider: 'constructor' }, '"constructor" is a reserved word'],
    [
      'a provider that is there',
      { name: 'payments', provider: 'fake' },
      'src/orders/payments/fake.provider.ts is there; fake is one of PAYMENT_PROVIDERS',
    ],
    ['a name in the list', { name: 'mail', provider: 'development' }, 'development is one of MAIL_TRANSPORTS'],
  ])('refuses %s in one sentence, and changes nothing', async (_, options, message) => {
    const tree = project();
    const refusal = await provider(options)(tree, CONTEXT).then(
      () => undefined,
      (error) => error,
    );
    expect(refusal?.message).toContain(message);
    expect(changed(tree)).toEqual([]);
  });

  it('refuses a class that another file has', async () => {
    const tree = project();
    tree.create('src/mail/post.ts', 'export class AcmeTransport {}\n');
    await expect(provider({ ...MAIL, provider: 'acme' })(tree, CONTEXT)).rejects.toThrow(
      'acme cannot be generated: AcmeTransport is a class of src/mail/post.ts.',
    );
  });

  it('refuses to run twice, saying what is in the way', async () => {
    const tree = project();
    await provider(PAYMENTS)(tree, CONTEXT);
    const once = changed(tree).map((path) => read(tree, path));
    await expect(provider(PAYMENTS)(tree, CONTEXT)).rejects.toThrow(
      /^acme cannot be generated: src\/orders\/payments\/acme.provider.ts is there; .*acme is one of PAYMENT_PROVIDERS; ACME_PAYMENTS_KEY is a setting/,
    );
    expect(changed(tree).map((path) => read(tree, path))).toEqual(once);
  });

  it('with --remove takes out what was not edited, without a trace, in any order', async () => {
    const tree = project();
    for (const options of [PAYMENTS, MAIL, { ...MAIL, provider: 'acme' }]) await provider(options)(tree, CONTEXT);
    for (const options of [PAYMENTS, { ...MAIL, provider: 'acme' }, MAIL])
      await provider({ ...options, remove: true })(tree, CONTEXT);
    expect(changed(tree)).toEqual([]);
  });

  it('with --remove refuses what was edited, or is not there, and changes nothing', async () => {
    const tree = project();
    await expect(provider({ ...PAYMENTS, remove: true })(tree, CONTEXT)).rejects.toThrow(
      'acme has to be taken out by hand',
    );
    await provider(PAYMENTS)(tree, CONTEXT);
    const path = 'src/orders/payments/acme.provider.ts';
    tree.overwrite(path, `${read(tree, path)}// By hand.\n`);
    const before = changed(tree).map((one) => read(tree, one));
    await expect(provider({ ...PAYMENTS, remove: true })(tree, CONTEXT)).rejects.toThrow(
      `not all of it is as it was written: ${path}.`,
    );
    expect(changed(tree).map((one) => read(tree, one))).toEqual(before);
  });

  it('leaves a plain provider to the generator of Nest', () => {
    expect(provider({ name: 'cats', sourceRoot: 'src' })).toBeInstanceOf(Function);
  });
});
