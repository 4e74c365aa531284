import pg, { type Pool, type PoolClient, type QueryResult } from 'pg';

/** What pg has worked out of a description of columns. */
interface Columns {
  fields: unknown;
  _parsers: unknown;
  _prebuiltEmptyResultObject: unknown;
}

interface Connection {
  describe: () => void;
}

/** The parts of pg's query that a statement goes through; its types tell of none of them. */
interface SentQuery {
  name: string;
  values: readonly unknown[];
  _result: Columns;
  _accumulateRows: boolean;
  prepare(connection: Connection): void;
  handleRowDescription(message: unknown): void;
}

const SentQuery = pg.Query as unknown as new (text: string) => SentQuery;

/** A connection of pg and what is known of the statements prepared on it. */
class Prepared {
  readonly columns = new Map<string, Columns>();
  /** The connection, over which nobody asks for columns. */
  readonly describesNothing: Connection;

  constructor(connection: Connection) {
    this.describesNothing = Object.create(connection, { describe: { value: () => undefined } }) as Connection;
  }
}

const preparedOn = new WeakMap<Connection, Prepared>();

/**
 * One run of a prepared statement.
 *
 * pg has PostgreSQL describe the columns of every answer anew, and works out each time how to read them. Those of a prepared statement are the
 * same as long as its connection lives (PostgreSQL refuses to run it when they would change), so they are asked for once.
 */
export class PreparedQuery extends SentQuery {
  private prepared: Prepared | undefined;

  constructor(name: string, text: string, values: readonly unknown[]) {
    // Only the text is given to pg, which would copy an object slowly.
    super(text);
    this.name = name;
    this.values = values;
  }

  /** Sends it, at once or as soon as the pool has a connection. */
  run(on: Pool | PoolClient): Promise<QueryResult> {
    const answer = new Promise<QueryResult>((resolve, reject) => {
      const query = on.query.bind(on) as (
        query: this,
        callback: (error: Error | null, result: QueryResult) => void,
      ) => void;
      query(this, (error, result) => (error ? reject(error) : resolve(result)));
    });
    return answer.catch((error: Error) => {
      // As pg does: the stack of who waits, and not that of the socket.
      Error.captureStackTrace(error);
      throw error;
    });
  }

  override prepare(connection: Connection): void {
    let prepared = preparedOn.get(connection);
    if (!prepared) preparedOn.set(connection, (prepared = new Prepared(connection)));
    this.prepared = prepared;
    const columns = prepared.columns.get(this.name);
    if (!columns) return super.prepare(connection);
    Object.assign(this._result, columns);
    this._accumulateRows = true;
    super.prepare(prepared.describesNothing);
  }

  override handleRowDescription(message: unknown): void {
    super.handleRowDescription(message);
    const { fields, _parsers, _prebuiltEmptyResultObject } = this._result;
    this.prepared!.columns.set(this.name, { fields, _parsers, _prebuiltEmptyResultObject });
  }
}
