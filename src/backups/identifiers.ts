/** Names and texts as SQL and libpq read them. Pure. PostgreSQL documentation, 4.1.1 and 34.1.1. */

/** `"a ""strange"" name"`: a quoted identifier means itself, whatever it is made of. @throws RangeError for what no identifier can hold */
export function quoteIdentifier(name: string): string {
  if (name === "" || name.includes("\0")) throw new RangeError("no identifier is empty or has a zero byte");
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * What psql's `-d` takes for a database. It reads a name with `=` in it, or one that looks like an address, as connection parameters; so everything but a plain
 * name is given as a parameter, quoted.
 */
export function databaseArgument(database: string): string {
  return /^[a-z0-9_][a-z0-9_ -]*$/iu.test(database) ? database : `dbname='${database.replaceAll(/[\\']/gu, "\\$&")}'`;
}
