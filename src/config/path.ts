/** The way to a value in the file. */
import { looksSecret } from "./looks-secret.ts";

/** Keys, and positions in lists. */
export type Path = readonly (string | number)[];

/** `rooms[0].operators["@nadia:example.org"]` */
export function showPath(path: Path): string {
  return path
    .map((segment) => {
      if (typeof segment === "number") return `[${segment}]`;
      if (looksSecret(segment)) return ".(a key that looks like a secret)";
      return /^[A-Za-z_][\w-]*$/u.test(segment) ? `.${segment}` : `[${JSON.stringify(segment.slice(0, 100))}]`;
    })
    .join("")
    .replace(/^\./u, "");
}
