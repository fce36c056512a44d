/**
 * The SQL that MySQL 8.0 to 8.4 and MariaDB 10.11 to 11.4 read alike, as a check on statements.
 *
 * Two nets: forms that one of them refuses or takes as something else, each with the reason; and the words and operators
 * in use, so that a form nobody has thought of stands out by its words. No parser: those that can be had from npm refuse
 * statements that all servers take, and let pass half of what is forbidden here.
 */

interface Form {
  why: string
  pattern: RegExp
  examples: string[]
}

const onlyMySql = 'MariaDB does not know it'
const onlyMariaDb = 'MySQL does not know it'
// Text in which brackets are closed again, two deep.
const balanced = String.raw`(?:[^()]|\((?:[^()]|\([^()]*\))*\))*?`

/** Forms that the project does without. Patterns read what `bare` leaves of a statement. */
export const forbidden: Record<string, Form> = {
  'for share': {
    why: `${onlyMySql}; lock in share mode is read by both`,
    pattern: /\bfor share\b/,
    examples: ['select * from t for share'],
  },
  'for update of': { why: onlyMySql, pattern: /\bfor update of\b/, examples: ['select * from t, u for update of t'] },
  returning: {
    why: onlyMariaDb,
    pattern: /\breturning\b/,
    examples: ['insert into t (a) values (1) returning id', 'delete from t returning id'],
  },
  lateral: {
    why: onlyMySql,
    pattern: /\blateral\b/,
    examples: ['select * from t, lateral (select t.a) as u'],
  },
  'row alias': {
    why: `${onlyMySql}; values(a) is read by both`,
    pattern: /\bvalues\b.*\)\s*as\b.*\bon duplicate key\b/,
    examples: ['insert into t (a) values (1) as n on duplicate key update a = n.a'],
  },
  'collations of one server': {
    why: 'utf8mb4_0900_… are MySQL’s, uca1400_… are MariaDB’s',
    pattern: /_0900_|uca1400/,
    examples: ['create table t (a text) collate utf8mb4_0900_ai_ci', 'create table t (a text collate uca1400_ai_ci)'],
  },
  'except, intersect, minus': {
    why: 'since MySQL 8.0.31, and with other precedence than in MariaDB',
    pattern: /\b(?:except|intersect|minus)\b/,
    examples: ['select a from t except select a from u', 'select a from t intersect select a from u'],
  },
  'JSON operators': { why: onlyMySql, pattern: /->/, examples: ["select a->'$.b' from t", "select a->>'$.b' from t"] },
  'JSON columns and functions': {
    why: 'in MariaDB a JSON column is a text that the driver does not parse, and functions differ in detail',
    pattern: /\bjson(?:_\w+)?\b|\bmember of\b/,
    examples: ['create table t (a json)', 'select json_value(a, "$.b") from t', 'select 1 member of (a) from t'],
  },
  'rows of values': {
    why: 'values row(…) is MySQL’s, values (…) without insert is MariaDB’s',
    pattern: /\bvalues\s+row\b|(?:^|\()\s*values\b/,
    examples: ['values row(1, 2)', 'select * from (values (1), (2)) as v'],
  },
  'checks that do not check': {
    why: `${onlyMySql}; drop constraint is read by both`,
    pattern: /\benforced\b|\bdrop check\b/,
    examples: ['create table t (a int, check (a > 0) not enforced)', 'alter table t drop check c'],
  },
  'indexes on expressions': {
    why: `${onlyMySql}; index a generated column`,
    pattern: /\b(?:key|index|unique)\b[^(),]*\((?:[^()]*,)?\s*\(/,
    examples: ['create table t (a int, key k ((a + 1)))', 'create index k on t (b, (lower(a)))'],
  },
  'hidden indexes and columns': {
    why: 'invisible is MySQL’s for indexes, ignored is MariaDB’s',
    pattern: /\b(?:in)?visible\b|\bignored\b/,
    examples: ['alter table t alter index k invisible', 'alter table t alter index k ignored'],
  },
  sequences: {
    why: onlyMariaDb,
    pattern: /\bsequence\b|\bnext value\b|\b(?:next|last|set)val\b/,
    examples: ['create sequence s', 'select next value for s', 'select nextval(s)'],
  },
  'system versioning': {
    why: onlyMariaDb,
    pattern: /\bsystem versioning\b|\bsystem_time\b|\bperiod for\b/,
    examples: ['create table t (a int) with system versioning', 'select * from t for system_time all'],
  },
  'limit inside in (…)': {
    why: 'neither takes it; join a derived table',
    pattern: new RegExp(String.raw`\b(?:in|any|all|some)\s*\(\s*select\b${balanced}\blimit\b`),
    examples: ['select * from t where a in (select max(b) from u where c in (1) limit 3)'],
  },
  'plans in one server’s form': {
    why: 'analyze and most formats differ, and MySQL 9 answers a plain explain with a tree',
    pattern: /\bexplain\s+(?:analyze|format|extended|partitions|for)\b|^\s*analyze\s+(?!table\b)/,
    examples: ['explain analyze select 1', 'explain format=tree select 1', 'analyze select 1'],
  },
  'if exists within alter and for indexes': {
    why: onlyMariaDb,
    pattern: /\b(?:add|drop|modify|change|rename)\s+(?:\w+\s+)?if\b(?<!drop table if)|\bcreate (?:unique )?index if\b/,
    examples: ['alter table t add column if not exists a int', 'create index if not exists k on t (a)'],
  },
  'create or replace table': {
    why: onlyMariaDb,
    pattern: /\bcreate or replace (?!view\b)/,
    examples: ['create or replace table t (a int)'],
  },
  'types of one server': {
    why: onlyMariaDb,
    pattern: /\b(?:uuid|inet4|inet6|vector)\b(?!\s*\()/,
    examples: ['create table t (a uuid)', 'create table t (a inet6)'],
  },
  'persistent columns': {
    why: `${onlyMariaDb}; stored is read by both`,
    pattern: /\bpersistent\b/,
    examples: ['create table t (a int, b int as (a + 1) persistent)'],
  },
  'plain defaults of texts': {
    why: 'MySQL refuses default literals of text and blob columns',
    pattern: /\b(?:tiny|medium|long)?(?:text|blob)\b[^,()]*\bdefault\s+(?!null\b|\()/,
    examples: ["create table t (a text not null default '')"],
  },
  'with before update or delete': {
    why: onlyMySql,
    pattern: /^\s*with\b.*\)\s*(?:update|delete)\b/,
    examples: ['with x as (select 1) delete from t where a in (select * from x)'],
  },
  'an alias in delete from': {
    why: 'not in MariaDB 10.11 to 11.4',
    pattern: /\bdelete from\s+\S+\s+(?:as\b|(?!where\b|order\b|limit\b|using\b)\w)/,
    examples: ['delete from `t` as `x` where `x`.`a` = 1', 'delete from t x where x.a = 1'],
  },
  'fetch first, limit rows examined': {
    why: onlyMariaDb,
    pattern: /\bfetch (?:first|next)\b|\brows examined\b/,
    examples: ['select * from t order by a fetch first 2 rows only', 'select * from t limit rows examined 10'],
  },
  'settings of one server': {
    why: 'set statement … for is MariaDB’s, set persist is MySQL’s',
    pattern: /\bset statement\b|\bset persist(?:_only)?\b|@@persist/,
    examples: ['set statement max_statement_time = 1 for select 1', 'set persist max_connections = 9'],
  },
  'execute immediate, begin not atomic': {
    why: onlyMariaDb,
    pattern: /\bexecute immediate\b|\bnot atomic\b/,
    examples: ["execute immediate 'select 1'", 'begin not atomic select 1; end'],
  },
  'hints and code in comments': {
    why: 'MariaDB ignores hints; the two run different comments as code',
    pattern: /\/\*/,
    examples: ['select /*+ no_index(t) */ * from t', 'select /*! 1 + */ 1', 'select /*M! 1 + */ 1'],
  },
  'group by with a direction': {
    why: 'MySQL 8 has given it up; order by says it',
    pattern: /\bgroup by\s+(?:(?!\border by\b)[^()])*\b(?:asc|desc)\b/,
    examples: ['select a from t group by a desc'],
  },
  'reserved words as names': {
    why: 'reserved in one of them: a name needs its quotes',
    pattern:
      /\b(?:cume_dist|dense_rank|empty|first_value|function|groups|lag|last_value|lead|manual|nth_value|ntile|(?<!limit (?:\?|\d+) )offset|page_checksum|parallel|percent_rank|qualify|rank|rows?|system|tablesample|window)\b(?!\()/,
    examples: ['select rank from t', 'create table t (groups int)', 'select offset from t'],
  },
}

// Looked up in the manuals of all four; extend it in the same way.
const words = new Set(
  `select straight_join distinct from inner left join on locate lower where and or not in is null between like as order by asc desc
  limit group having union all for update insert ignore into values duplicate key set delete case when then else end false
  with recursive over count max min sum least greatest coalesce concat now database last_insert_id get_lock release_lock
  begin commit rollback session transaction isolation level read committed
  create database table if exists primary unique constraint check default generated always stored auto_increment engine
  charset collate innodb utf8mb4 utf8mb4_bin bigint int integer tinyint unsigned varchar text varbinary binary mediumblob
  innodb_lock_wait_timeout auto_increment_increment sql_mode server_id
  character utf8mb4_unicode_ci lock share mode alter modify add drop column nullif force index
  information_schema columns statistics table_schema table_name column_name index_name`.split(/\s+/),
)
const operators = new Set(['=', '<', '>', '<=', '>=', '<>', '+', '-', '*', '/', ',', '.', '(', ')', '@@'])

/** A statement without what stands in quotes: texts are '', names are `q`. In lower case, on one line. */
export const bare = (statement: string): string =>
  statement
    .replace(/\b[xb]?'(?:[^'\\]|\\.|'')*'|\b[xb]?"(?:[^"\\]|\\.|"")*"/gis, "''")
    .replace(/'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.|"")*"/gs, "''")
    .replace(/`[^`]*`/g, '`q`')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase()

/** The forbidden forms that a statement uses, by name. */
export const formsIn = (statement: string): string[] =>
  Object.entries(forbidden).flatMap(([name, { pattern }]) => (pattern.test(bare(statement)) ? [name] : []))

/** Words and operators of a statement that are neither known, nor names of the tables, nor introduced in it around `as`. */
export function strangersIn(statement: string, names: ReadonlySet<string>): string[] {
  const text = bare(statement).replaceAll("''", ' ').replaceAll('`q`', ' ')
  const tables = [...text.matchAll(/\b(\w+)(?: \(([\w, ]+)\))? as \(/g)]
  const aliases = new Set([
    ...[...text.matchAll(/\bas (\w+)/g)].map(([, alias]) => alias),
    ...tables.flatMap(([, name, columns = '']) => [name, ...columns.split(', ')]),
  ])
  const tokens = text.match(/[a-z_]\w*|\d[\w.]*|[^\w\s(),.]+|[(),.]/g) ?? []
  return tokens.filter((token) => {
    if (/^\d/.test(token)) return !/^[\d.]+$/.test(token)
    if (/^\w/.test(token)) return !(words.has(token) || names.has(token) || aliases.has(token) || /^[a-z]$/.test(token))
    return !operators.has(token)
  })
}
