/** Where a secret is kept. The configuration never has the secret itself. */
export type SecretRef = { readonly kind: "file"; readonly file: string } | { readonly kind: "env"; readonly name: string };
