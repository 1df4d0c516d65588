/** The newest backup that a source outside CloudNativePG has. */
export type OtherFinding =
  | { readonly kind: "none"; /** Where was looked, in words. */ readonly where: string }
  | { readonly kind: "found"; readonly name: string; /** When it was written, milliseconds since 1970. */ readonly at: number; readonly bytes: number };
