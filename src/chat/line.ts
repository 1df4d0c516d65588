/** A message before it is HTML: what the renderer of the room understands. Nothing in it is ever markup. */
import type { UserId } from "../ids.ts";

/** A stretch of text within a line. `link` is shown as `label`, and only if it is http, https or a matrix.to address. */
export type Span =
  string | { readonly strong: string } | { readonly code: string } | { readonly struck: string } | { readonly label: string; readonly link: string };

export type Text = string | readonly Span[];

export type Line =
  /** A paragraph. */
  | { readonly text: Text; readonly strong?: true }
  /** A list item; neighbours form one list. */
  | { readonly item: Text }
  /** One row of a table in `<pre>`; neighbours are aligned together. A table has 38 characters a line at most. */
  | { readonly columns: readonly string[] }
  /** Preformatted text, shown as it is. */
  | { readonly code: string };

/** What a command says: `room` is seen by all (12 lines at most), `thread` is the detail below it. */
export interface Reply {
  readonly room: readonly Line[];
  readonly thread?: readonly Line[];
  /** The people this message notifies. Nobody else is, whatever its text says. */
  readonly mentions?: readonly UserId[];
}
