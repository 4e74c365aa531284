-- Gives the application a database user that reads and writes rows and cannot change the schema.
--
-- Run it once, before the first migration, as the user who will run the migrations:
--   APP_PASSWORD=… psql "$DATABASE_URL" -f docs/database-roles.sql
-- Then migrate as that user, and start the application as storehouse_app.
\getenv app_password APP_PASSWORD

CREATE ROLE storehouse_app LOGIN PASSWORD :'app_password';

-- Tables, sequences and schemas that later migrations create come with these rights.
ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON TABLES TO storehouse_app;
ALTER DEFAULT PRIVILEGES GRANT USAGE, SELECT ON SEQUENCES TO storehouse_app;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO storehouse_app;
GRANT USAGE ON SCHEMA public TO storehouse_app;
