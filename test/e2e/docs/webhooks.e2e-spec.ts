import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { newId } from '../../../src/common/ids.js';
import { toEventResponse } from '../../../src/events/dto/event-response.dto.js';
import { exampleOfData } from '../../../src/events/event-schemas.js';
import { EVENT_TYPES } from '../../../src/events/event-types.js';
import { messageOf } from '../../../src/events/webhooks/webhook-message.js';
import { type DocumentedOperation, openApi } from './openapi-document.js';

const { webhooks } = openApi as unknown as { webhooks: Record<string, { post: DocumentedOperation }> };
const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
ajv.addSchema({ $id: 'openapi', components: openApi.components });
const within = (schema: object) =>
  ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"openapi#/components')) as object);

describe('the webhooks of openapi.json', () => {
  it('are the types of the catalogue, each with a name of its own', () => {
    expect(Object.keys(webhooks)).toEqual(EVENT_TYPES.map(({ type }) => type));
    const names = Object.values(webhooks).map(({ post }) => post.operationId);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('onOrderPlaced');
    expect(names.filter((name) => !/^on[A-Z][a-zA-Z]+$/.test(name))).toEqual([]);
  });

  it.each(Object.entries(webhooks))(
    '%s: shows what is sent, which its schema and Standard Webhooks allow',
    (type, { post }) => {
      expect(post.parameters.map(({ $ref }) => $ref)).toEqual(
        ['WebhookId', 'WebhookTimestamp', 'WebhookSignature'].map((name) => `#/components/parameters/${name}`),
      );
      expect(Object.keys(post.responses)).toEqual(expect.arrayContaining(['2XX']));
      const { schema, example } = post.requestBody!.content['application/json']!;
      const fits = within(schema);
      const sent = example as Record<string, unknown> & { data: object };
      expect({ ok: fits(sent), errors: fits.errors }).toEqual({ ok: true, errors: null });
      // WH-7: type, timestamp and data.
      expect(sent).toMatchObject({
        type,
        timestamp: expect.stringMatching(/Z$/) as string,
        data: expect.any(Object) as object,
      });
      expect(type).toMatch(/^[a-zA-Z0-9_.]+$/);
      expect(JSON.stringify(sent).length).toBeLessThan(20_000);
      expect(fits({ ...sent, resource: { id: 'of any shape' } })).toBe(true);
      expect(fits({ ...sent, type: 'order.dreamt' })).toBe(false);
      expect(fits({ ...sent, timestamp: undefined })).toBe(false);
      if (Object.keys(sent.data).length > 0) expect(fits({ ...sent, data: {} })).toBe(false);
    },
  );

  it.each(EVENT_TYPES.map((described) => [described.type, described] as const))(
    '%s: fits its schema as it is sent, thin, with a resource, with one that is gone, and with one that is too large (WH-7)',
    (type, described) => {
      const fits = within(webhooks[type]!.post.requestBody!.content['application/json']!.schema);
      const [id, aggregateId] = [newId(), newId()];
      const event = toEventResponse({
        ...{ id, type, aggregateType: described.aggregateType, aggregateId, aggregateVersion: 1, sequence: 1 },
        ...{ data: exampleOfData(described), requestId: null, occurredAt: new Date() },
      });
      for (const resource of [undefined, { id: aggregateId }, null, { note: 'x'.repeat(20_000) }]) {
        const body = messageOf(event, resource);
        expect({ ok: fits(JSON.parse(body)), errors: fits.errors }).toEqual({ ok: true, errors: null });
        expect(Buffer.byteLength(body)).toBeLessThan(20_000);
      }
    },
  );
});
