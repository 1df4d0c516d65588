/** Versions as images and homeservers write them. */

/** `1.150.0` of `ghcr.io/element-hq/synapse:v1.150.0@sha256:…`; `undefined` for a tag that names no version (`latest`, a digest alone). */
export function versionOfImage(image: string): string | undefined {
  const [, tag = ""] = /:([\w.+-]+)$/u.exec(image.replace(/@.*$/u, "")) ?? [];
  return versionIn(tag);
}

/** The version in `1.150.0 (b=develop,d1a2b3c)` or `v1.150.0-ess.1`: numbers and a release candidate, nothing else. */
export function versionIn(text: string): string | undefined {
  return /^v?(\d+\.\d+(?:\.\d+)?(?:rc\d+)?)/u.exec(text)?.[1];
}
