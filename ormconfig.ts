import { DataSource } from 'typeorm';
import { dataSourceOptions } from './src/database/data-source.js';

/** What the TypeORM command line works on: `npm run migration:generate|run|revert`. */
export default new DataSource({
  ...dataSourceOptions(process.env.DATABASE_URL ?? ''),
  entities: ['src/**/*.entity.ts'],
});
