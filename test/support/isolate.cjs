// Each Jest worker has a database and a logical Redis database of its own, so that files may run side by side.
const worker = Number(process.env.JEST_WORKER_ID ?? 1);
const database = new URL(process.env.TEST_DATABASE_URL);
database.pathname = `${database.pathname}_w${worker}`;
const redis = new URL(process.env.TEST_REDIS_URL);
redis.pathname = `/${worker % 16}`;
process.env.DATABASE_URL = database.toString();
process.env.REDIS_URL = redis.toString();
