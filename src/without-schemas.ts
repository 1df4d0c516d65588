/**
 * For servers whose routes have no JSON schemas: what comes in is parsed where it is used. Fastify then loads neither ajv nor fast-json-stringify, which are
 * a fifth of its size; a route that names a schema all the same fails when it is registered.
 */
export const withoutSchemas = {
  compilersFactory: { buildValidator: refuse, buildSerializer: refuse },
};

function refuse(): never {
  throw new Error("a route has a JSON schema, and this server was opened without them");
}
