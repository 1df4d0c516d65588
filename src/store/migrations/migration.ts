/** A numbered change of the schema. Once released it is never edited: a later one mends it. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  /** The statements, in order. All run in one transaction. */
  readonly statements: (kind: "sqlite" | "postgres") => readonly string[];
}
