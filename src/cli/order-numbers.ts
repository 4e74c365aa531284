import { createContext } from '../app.setup.js';
import { OrderNumberSeriesError, OrderNumbersRepository } from '../orders/numbers/order-numbers.repository.js';
import { command, table, UsageError, wholeNumber, withContext } from './command.js';

const USAGE = `npm run order-numbers -- add <prefix> [--start <number>]
npm run order-numbers -- list

Makes a series of order numbers, such as B2B-1001, B2B-1002, …, which begins with 1001 unless said otherwise; or lists those there are.
ORDER_NUMBER_PREFIX chooses the series of the shop's orders, and a draft may name another. Run it as the database user who migrates.
`;

await command(
  {
    usage: USAGE,
    options: { start: { type: 'string' } },
    allowPositionals: true,
    failure: 'Nothing was changed',
    foreseen: [OrderNumberSeriesError],
  },
  ({ start = '1001' }, [action, prefix, ...rest]) => {
    const isAdd = action === 'add' && prefix !== undefined && rest.length === 0;
    if (!isAdd && !(action === 'list' && prefix === undefined)) throw new UsageError('Say add with a prefix, or list.');
    const first = wholeNumber('--start', start, 1_000_000_000);
    // The setting may name the very series that is to be made.
    process.env.ORDER_NUMBER_PREFIX = '';
    return withContext(createContext, async (context) => {
      const numbers = context.get(OrderNumbersRepository, { strict: false });
      if (isAdd) {
        await numbers.add(prefix, first);
        process.stdout.write(`The series ${prefix} begins with ${prefix}${first}.\n`);
        return;
      }
      const rows = (await numbers.list()).map((series) => [series.prefix || '(none)', series.sequenceName] as const);
      process.stdout.write(table(rows));
    });
  },
);
