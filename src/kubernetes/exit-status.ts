/** How a command ended, from the `Status` that comes on its last channel. Pure. */
import { field, listOf, textOf } from "./json.ts";

/** @returns its exit code, or why there is none, in words */
export function exitOf(status: string): { readonly code: number } | { readonly words: string } {
  const said = jsonOf(status);
  if (field(said, "status") === "Success") return { code: 0 };
  const causes = listOf(field(field(said, "details"), "causes"));
  const code = textOf(
    field(
      causes.find((each) => field(each, "reason") === "ExitCode"),
      "message",
    ),
  );
  // A failure whose code is 0 or no number is a failure all the same.
  if (field(said, "reason") === "NonZeroExitCode" && code !== undefined && /^-?[1-9]\d{0,9}$/u.test(code)) return { code: Number(code) };
  return { words: (textOf(field(said, "message")) ?? "no reason given").slice(0, 200) };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
