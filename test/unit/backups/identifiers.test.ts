import fc from "fast-check";
import { expect, test } from "vitest";
import { databaseArgument, quoteIdentifier } from "../../../src/backups/identifiers.ts";

/** As PostgreSQL reads a quoted identifier: what stands between the quotes, two of them for one; and where it ends. */
function readIdentifier(sql: string): { readonly name: string; readonly rest: string } {
  let name = "";
  for (let at = 1; at < sql.length; at += 1) {
    if (sql[at] !== '"') name += sql[at];
    else if (sql[at + 1] === '"') {
      name += '"';
      at += 1;
    } else return { name, rest: sql.slice(at + 1) };
  }
  throw new Error("it never ends");
}

/** As libpq reads `dbname='…'`: a backslash takes what follows as it is. */
function readParameter(text: string): string {
  let value = "";
  for (let at = "dbname='".length; at < text.length; at += 1) {
    if (text[at] === "\\") value += text[(at += 1)];
    else if (text[at] === "'") return text.slice(at + 1) === "" ? value : "something after it";
    else value += text[at];
  }
  throw new Error("it never ends");
}

const nasty = fc.oneof(
  fc.string({ minLength: 1, unit: fc.constantFrom('"', "'", "\\", ";", "-", "a", "=", " ", "$", ".", "\n", "é") }),
  fc.string({ minLength: 1, unit: "grapheme" }),
);

test("a quoted identifier is read as the name that it was made of, and nothing of the name is read as SQL", () => {
  fc.assert(
    fc.property(nasty, (name) => {
      fc.pre(!name.includes("\0"));
      expect(readIdentifier(`${quoteIdentifier(name)} WHERE`)).toEqual({ name, rest: " WHERE" });
    }),
  );
  expect(() => quoteIdentifier("a\0b")).toThrow(RangeError);
  expect(() => quoteIdentifier("")).toThrow(RangeError);
});

test("a database's name is never read as connection parameters or as an address", () => {
  fc.assert(
    fc.property(nasty, (name) => {
      const argument = databaseArgument(name);
      const plain = argument === name && !/[=:/\\']/u.test(name);
      expect(plain ? name : readParameter(argument)).toBe(name);
    }),
  );
  expect(databaseArgument("host=evil")).toBe("dbname='host=evil'");
  expect(databaseArgument("postgresql://evil/x")).toBe("dbname='postgresql://evil/x'");
});
