import type { TestApp } from '../../support/test-app.js';

/** How many statements `work` sends to PostgreSQL, apart from the wake-up calls that earlier changes may still send. */
export async function countStatements(app: TestApp, work: () => Promise<unknown>): Promise<number> {
  const spies = [
    jest.spyOn(app.database, 'query'),
    jest.spyOn(app.database, 'queryUnprepared'),
    jest.spyOn(app.database.manager, 'query'),
  ];
  try {
    await work();
    const statements = spies.flatMap(({ mock }) => mock.calls.map(([text]) => text));
    return statements.filter((text) => !text.includes('pg_notify')).length;
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
