# syntax=docker/dockerfile:1
# Node is the version that the tests run with (`node` among package.json's devDependencies); a test compares the two.
# Pin it by digest where you build: `docker build --build-arg NODE=node:24.21.0-bookworm-slim@sha256:… .`
ARG NODE=node:24.21.0-bookworm-slim

# ── build: everything, to make the bundle ────────────────────────────────────
FROM ${NODE} AS build
WORKDIR /build
# vendor/ holds packages that package.json links to: it must be there before `npm ci`.
COPY package.json package-lock.json ./
COPY vendor/ vendor/
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json ./
COPY src/ src/
COPY scripts/build.ts scripts/build.ts
RUN node scripts/build.ts

# ── dependencies: production only ────────────────────────────────────────────
FROM ${NODE} AS dependencies
WORKDIR /build
COPY package.json package-lock.json ./
COPY vendor/ vendor/
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund
# Copied below to make the one folder that may be written to, with the right owner.
RUN mkdir state

# ── run ──────────────────────────────────────────────────────────────────────
FROM ${NODE} AS run
ENV NODE_ENV=production
ENV MALLOC_ARENA_MAX=1
ENV MALLOC_TRIM_THRESHOLD_=131072
ENV MALLOC_MMAP_THRESHOLD_=131072
WORKDIR /opt/opsroom
# All other dependencies are in the bundle. This one holds native code (`external` in scripts/build.ts); the other two are loaded where a room is encrypted, and
# only there (vendor/matrix-sdk-crypto-nodejs/lazy.ts).
COPY --from=dependencies /build/node_modules/better-sqlite3/ node_modules/better-sqlite3/
COPY --from=dependencies /build/node_modules/@matrix-org/matrix-sdk-crypto-wasm/ node_modules/@matrix-org/matrix-sdk-crypto-wasm/
COPY --from=dependencies /build/node_modules/fake-indexeddb/ node_modules/fake-indexeddb/
COPY --from=build /build/dist/ dist/
COPY package.json LICENSE ./
# Everything else may be read-only (`readOnlyRootFilesystem`, `docker run --read-only --tmpfs /tmp`).
COPY --from=dependencies --chown=65532:65532 /build/state/ /var/lib/opsroom/
VOLUME /var/lib/opsroom
USER 65532:65532
EXPOSE 9090
# No --enable-source-maps: reading the maps takes some 60 MiB. NODE_OPTIONS=--enable-source-maps switches them on where a stack trace is wanted.
# A small young generation, one malloc arena and what is freed given back: a third less memory, for a few milliseconds more a command (`npm run bench`).
# V8's middle compiler holds 20 MiB for good under load, and gains nothing here; its last one, 6 MiB at its first use, is kept for what runs often.
ENTRYPOINT ["node", "--min-semi-space-size=4", "--max-semi-space-size=4", "--optimize-for-size", "--no-sparkplug", "--no-maglev", "--invocation-count-for-turbofan=10000", "--bytecode-old-age=1", "--disable-warning=DEP0060", "dist/opsroom.js"]
CMD ["start", "--config", "/etc/opsroom/opsroom.yaml"]
