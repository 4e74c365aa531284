import { settingsOf } from './port-settings.mjs';

/** Engines that the log of events is handed to. */
export function sinks({ name, Name, Title, CONSTANT }) {
  const Class = `${Name}Sink`;
  const [KEY, URL] = [`${CONSTANT}_SINK_KEY`, `${CONSTANT}_SINK_URL`];
  return {
    Class,
    files: new Map([
      [`src/events/sinks/${name}.sink.ts`, source({ name, Title, Class, KEY, URL })],
      [`test/integration/events/${name}-sink.int-spec.ts`, spec({ name, Name, Title, Class, KEY, URL })],
    ]),
    list: { path: 'src/events/sinks/sink-list.ts', name: 'EVENT_SINKS', from: `./${name}.sink.js` },
    settings: settingsOf({ Title, KEY, URL, name, what: 'is handed every event' }),
  };
}

const source = ({ name, Title, Class, KEY, URL }) => `
import { Injectable } from '@nestjs/common';
import { Environment } from '../../config/environment.js';
import type { EventResponseDto } from '../dto/event-response.dto.js';
import { EventSink } from './event-sink.js';

/**
 * Hands events to ${Title}, over HTTP with JSON.
 *
 * The path and the members are placeholders, which only the stand-in of the test takes: put those of ${Title}'s documentation in their
 * place, here and there.
 */
@Injectable()
export class ${Class} extends EventSink {
  constructor(private readonly environment: Environment) {
    super();
  }

  override get isOffered(): boolean {
    return this.environment.${KEY} !== undefined;
  }

  override async send(events: readonly EventResponseDto[], signal: AbortSignal): Promise<void> {
    const { ${KEY}, ${URL} } = this.environment;
    const response = await fetch(\`\${${URL}}/records\`, {
      method: 'POST',
      headers: { authorization: \`Bearer \${${KEY}}\`, 'content-type': 'application/json' },
      body: JSON.stringify(events.map((event) => ({ key: event.aggregate.id, event }))),
      redirect: 'error',
      signal,
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(\`${name}: status \${response.status} \${answer.slice(0, 200)}\`);
  }
}
`;

const spec = ({ name, Name, Title, Class, KEY, URL }) => `
import { ${Class} } from '../../../src/events/sinks/${name}.sink.js';
import { buildEnvelope, describeEventSink, type TakenEvent } from '../../kits/event-sink.kit.js';
import { StandIn } from '../../kits/stand-in.js';
import { testEnvironment } from '../../support/test-environment.js';

const SECRET = 'secret-of-the-sandbox';

/** ${Title} in memory, as far as the sink talks to it. */
async function start${Name}() {
  const taken: TakenEvent[] = [];
  const server = await StandIn.start(({ method, path, headers, body }) => {
    if (headers.authorization !== \`Bearer \${SECRET}\`) return { status: 401 };
    if (method !== 'POST' || path.join('/') !== 'records') return { status: 404 };
    taken.push(...(body as TakenEvent[]));
    return { status: 202 };
  });
  return { server, taken };
}

const sinkTo = (origin: string, secret?: string) =>
  new ${Class}(testEnvironment({ ${URL}: origin, ${KEY}: secret }));

describeEventSink('${name}', async () => {
  const { server, taken } = await start${Name}();
  return {
    sink: sinkTo(server.origin, SECRET),
    taken: () => taken,
    hang: (isHanging) => {
      server.fault = isHanging ? 'silent' : null;
    },
    stop: () => server.stop(),
  };
});

describe('the settings of ${name}', () => {
  it('do not offer it without ${KEY}', () => {
    expect(sinkTo('http://localhost').isOffered).toBe(false);
  });

  it('leave every event waiting with a secret that it does not take', async () => {
    const { server, taken } = await start${Name}();
    const sending = sinkTo(server.origin, 'another secret').send([buildEnvelope()], AbortSignal.timeout(5_000));
    await expect(sending).rejects.toThrow(/401/);
    expect(taken).toEqual([]);
    await server.stop();
  });
});
`;
