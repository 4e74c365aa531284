/** Words that JavaScript does not take as names of variables. */
const JAVASCRIPT =
  'arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof undefined var void while with yield';

/** Words that PostgreSQL takes as names only in quotes (manual, appendix C: reserved, also for columns). */
const POSTGRESQL =
  'all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation column concurrently constraint create cross current_catalog current_date current_role current_schema current_time current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references returning right select session_user similar some symmetric system_user table tablesample then to trailing true union unique user using variadic verbose when where window with';

/** Classes that the files of a feature use under these names, and what they would hide. */
const CLASSES =
  'Actor Array Auth Body Boolean Buffer Check Column Controller Date Delete Entity Error Event Foreign Function Get Index Injectable Job Location Map Module Money Number Object Outbox Page Pages Param Patch Post Process Processor Promise Proxy Query Queue Record Reflect Repository Request Resource Response Scope Set String Symbol Type User';

const set = (text) => new Set(text.split(' '));
export const JAVASCRIPT_WORDS = set(JAVASCRIPT);
export const SQL_WORDS = set(POSTGRESQL);
export const CLASS_NAMES = set(CLASSES);

/** A column as SQL text takes it. */
export const column = (name) => (SQL_WORDS.has(name) ? `"${name}"` : name);
