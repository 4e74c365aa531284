import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { validateXML } from 'xmllint-wasm';
import { allocate } from '../../common/money/money.js';
import type { OrderWithLines } from '../orders.repository.js';
import {
  creditNoteContent,
  type DocumentContent,
  type DocumentFrame,
  inProportion,
  invoiceContent,
  leftOf,
} from './invoice-content.js';
import { invoiceXml, unsayable } from './invoice-xml.js';

/** Factur-X 1.07.3, profile EN 16931, by FNFE-MPE and FeRD, after the schemas of UN/CEFACT. */
const FOLDER = join(process.cwd(), 'test/support/factur-x');
const SCHEMAS = readdirSync(FOLDER)
  .sort((left, right) => left.length - right.length)
  .map((fileName) => ({ fileName, contents: readFileSync(join(FOLDER, fileName), 'utf8') }));

const frame: DocumentFrame = {
  number: 'INV-2026-000042',
  issuedOn: '2026-01-20',
  language: 'de',
  seller: {
    name: 'Größte & Söhne <GmbH>',
    address: ['Straße 1', '10115 Berlin'],
    countryCode: 'DE',
    vatId: 'DE123456789',
  },
};
const address = { name: 'Никита "П" Ελλάς', line1: 'Straße 2', city: 'Łódź', postalCode: '90-001', countryCode: 'PL' };

interface TestLine {
  quantity: number;
  unitPrice: number;
  discountPart: number;
  rate: string | null;
}

/** An order as pricing leaves it: tax a line, rounded down; what is taken off, and shipping. */
function orderOf(lines: readonly TestLine[], shipping: number, isInclusive: boolean, currency = 'EUR'): OrderWithLines {
  const taxOf = (base: number, rate: string | null): number => {
    const share = Number(rate ?? 0);
    return Math.floor(isInclusive ? base - base / (1 + share) : base * share);
  };
  const taxes = (rate: string | null, amount: number) =>
    rate === null ? [] : [{ rateId: null, name: 'VAT', rate, amount }];
  const rows = lines.map(({ quantity, unitPrice, discountPart, rate }, index) => {
    const discountAmount = Math.floor(quantity * unitPrice * discountPart);
    const base = quantity * unitPrice - discountAmount;
    const taxAmount = taxOf(base, rate);
    return {
      sku: `SKU-${index}`,
      name: `Näme & <${index}>`,
      quantity,
      unitPriceAmount: unitPrice,
      discountAmount,
      taxAmount,
      totalAmount: base + (isInclusive ? 0 : taxAmount),
      taxes: taxes(rate, taxAmount),
    };
  });
  const shippingTaxAmount = taxOf(shipping, '0.19');
  const tax = rows.reduce((sum, { taxAmount }) => sum + taxAmount, shippingTaxAmount);
  return {
    number: '100042',
    placedAt: new Date('2026-01-15T10:00:00Z'),
    currency,
    pricesIncludeTax: isInclusive,
    lines: rows,
    shippingTotalAmount: shipping,
    shippingTaxAmount,
    taxTotalAmount: tax,
    totalAmount: rows.reduce(
      (sum, { totalAmount }) => sum + totalAmount,
      shipping + (isInclusive ? 0 : shippingTaxAmount),
    ),
    shipping: { name: 'Post', price: shipping, discount: 0, taxes: taxes('0.19', shippingTaxAmount) },
    billingAddress: address,
    shippingAddress: address,
  } as unknown as OrderWithLines;
}

const anOrder = fc
  .record({
    lines: fc.array(
      fc.record({
        quantity: fc.integer({ min: 1, max: 50 }),
        unitPrice: fc.integer({ min: 0, max: 1_000_000 }),
        discountPart: fc.constantFrom(0, 0.1, 1 / 3, 1),
        rate: fc.constantFrom('0.19', '0.07', '0.055', '0', null),
      }),
      { minLength: 1, maxLength: 8 },
    ),
    shipping: fc.integer({ min: 0, max: 5_000 }),
    isInclusive: fc.boolean(),
    currency: fc.constantFrom('EUR', 'JPY'),
    paidPart: fc.constantFrom(0, 0.5, 1, 2),
  })
  .map(({ lines, shipping, isInclusive, currency, paidPart }) => {
    const order = orderOf(lines, shipping, isInclusive, currency);
    return { order, invoice: invoiceContent(order, frame, Math.floor(order.totalAmount * paidPart), 'Shipping') };
  });

/** Every amount of an element of the XML, without its point. */
const amounts = (xml: string, name: string): number[] =>
  [...xml.matchAll(new RegExp(`<ram:${name}(?: [^>]*)?>(-?[\\d.]+)<`, 'g'))].map(([, text]) =>
    Number(text!.replace('.', '')),
  );
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** The arithmetic of EN 16931, section 6.4.2, on the XML as it stands. */
function expectArithmetic(content: DocumentContent): void {
  const xml = invoiceXml(content);
  const [head, settlement] = xml.split('<ram:ApplicableHeaderTradeSettlement>') as [string, string];
  const one = (name: string): number => amounts(settlement, name)[0] ?? 0;
  const lineNets = amounts(head, 'LineTotalAmount');
  expect(one('LineTotalAmount')).toBe(sum(lineNets)); // BR-CO-10
  expect(one('TaxBasisTotalAmount')).toBe(one('LineTotalAmount')); // BR-CO-13
  expect(one('TaxTotalAmount')).toBe(sum(amounts(settlement, 'CalculatedAmount'))); // BR-CO-14
  expect(one('GrandTotalAmount')).toBe(one('TaxBasisTotalAmount') + one('TaxTotalAmount')); // BR-CO-15
  expect(one('DuePayableAmount')).toBe(one('GrandTotalAmount') - one('TotalPrepaidAmount')); // BR-CO-16
  expect(sum(amounts(settlement, 'BasisAmount'))).toBe(sum(lineNets)); // BR-S-08 and the like
  if (content.kind === 'invoice' && one('DuePayableAmount') > 0)
    expect(settlement).toContain('SpecifiedTradePaymentTerms'); // BR-CO-25
}

/** All of them at once: the validator is a program that is started for each call. */
async function expectValid(contents: readonly DocumentContent[]): Promise<void> {
  const { valid, errors } = await validateXML({
    xml: contents.map((content, index) => ({ fileName: `${index}.xml`, contents: invoiceXml(content) })),
    schema: [SCHEMAS[0]!],
    preload: SCHEMAS.slice(1),
  });
  expect({ valid, errors: errors.map(({ message }) => message) }).toEqual({ valid: true, errors: [] });
}

describe('the XML of an invoice', () => {
  it('is valid by the schema of Factur-X (profile EN 16931), whatever was ordered', async () => {
    const samples = fc.sample(anOrder, 30).map(({ invoice }) => invoice);
    const notes = samples.map((invoice) =>
      creditNoteContent(invoice, { ...frame, number: 'CN-2026-000001' }, invoice.lines),
    );
    await expectValid([...samples, ...notes, { ...samples[0]!, shipTo: null }]);
  });

  it('is told from one that is not', async () => {
    const { invoice } = fc.sample(anOrder, 1)[0]!;
    await expect(expectValid([{ ...invoice, currency: '' }])).rejects.toThrow();
  });

  it('has the arithmetic of EN 16931, BR-CO-10 to BR-CO-16 and BR-CO-25', () => {
    fc.assert(fc.property(anOrder, ({ invoice }) => expectArithmetic(invoice)));
  });

  it('says what the order says: net, tax and gross, to the minor unit', () => {
    fc.assert(
      fc.property(anOrder, ({ order, invoice }) => {
        expect(invoice.total).toEqual({
          net: order.totalAmount - order.taxTotalAmount,
          tax: order.taxTotalAmount,
          gross: order.totalAmount,
        });
        expect(sum(invoice.lines.map(({ gross }) => gross))).toBe(order.totalAmount);
      }),
    );
  });

  it.each([
    ['amounts in KWD', { currency: 'KWD' }],
    ['no address', { buyer: null }],
    ['no VAT id', { seller: { ...frame.seller, vatId: null } }],
  ])('is not there for what the norm cannot say: %s', (reason, change) => {
    const invoice = invoiceContent(
      orderOf([{ quantity: 1, unitPrice: 100, discountPart: 0, rate: '0.19' }], 0, false),
      frame,
      0,
      'x',
    );
    expect(unsayable(invoice)).toBeNull();
    expect(unsayable({ ...invoice, ...change })).toContain(reason);
  });
});

describe('credit notes of an invoice', () => {
  it('M8: in any parts come to the invoice, by tax rate, and each part to what went back', () => {
    fc.assert(
      fc.property(
        anOrder,
        fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 6 }),
        ({ invoice }, weights) => {
          const parts = allocate(invoice.total.gross, weights);
          const notes: DocumentContent[] = [];
          let [grossBefore, taxBefore] = [0, 0];
          for (const gross of parts) {
            const reached = grossBefore + gross;
            const isLast = reached === invoice.total.gross;
            const taxReached = isLast
              ? invoice.total.tax
              : Math.round((invoice.total.tax * reached) / invoice.total.gross);
            const tax = Math.min(Math.max(taxReached - taxBefore, 0), gross);
            const left = leftOf(invoice, notes);
            const note = creditNoteContent(
              invoice,
              { ...frame, number: 'CN-1' },
              inProportion('Refund', left, gross, tax),
            );
            expect(note.total).toEqual({ net: gross - tax, tax, gross });
            if (note.lines.length > 0) expectArithmetic(note);
            notes.push(note);
            [grossBefore, taxBefore] = [reached, taxBefore + tax];
          }
          expect(leftOf(invoice, notes).filter(({ net, tax, gross }) => net !== 0 || tax !== 0 || gross !== 0)).toEqual(
            [],
          );
        },
      ),
    );
  });
});
