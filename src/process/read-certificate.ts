/** What certificate a server shows. Nothing is sent to it: also one that is not trusted, or has ended, can be looked at. */
import { isIP } from "node:net";
import { connect } from "node:tls";
import type { Config } from "../config/schema/root.ts";
import { connectionFault } from "../connection-fault.ts";
import type { CertificateReading } from "../status/certificates.ts";

const deadlineMs = 10_000;

/** Servers whose certificates people and other homeservers see, once each. */
export function serversOf({
  matrix,
  homeservers,
}: Pick<Config, "homeservers"> & { readonly matrix: Pick<Config["matrix"], "homeserver"> }): readonly (readonly [string, string])[] {
  const named = [
    matrix.homeserver,
    ...homeservers.flatMap(({ serverName, address }) => [address ?? "", /:\d+$/u.test(serverName) ? "" : `https://${serverName}`]),
  ];
  const urls = new Set(named.filter((url) => url.startsWith("https://")).map((url) => new URL(url).origin));
  return [...urls].map((url) => [url.slice("https://".length), url]);
}

/** Never throws for a server that does not answer. @param url `https://host[:port]…` */
export async function readCertificate(of: string, url: string, signal: AbortSignal): Promise<CertificateReading> {
  signal.throwIfAborted();
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[(.*)\]$/u, "$1");
  const stop = AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]);
  const { promise, resolve, reject } = Promise.withResolvers<CertificateReading["found"]>();
  // The name is for servers with several certificates. What it says is looked at, not believed: it decides nothing but a message in the room.
  const name = isIP(host) === 0 ? { servername: host } : {};
  const socket = connect({ host, port: port === "" ? 443 : Number(port), rejectUnauthorized: false, ...name }, () => {
    const { valid_to: end, issuer } = socket.getPeerCertificate();
    const endsAt = Date.parse(end ?? "");
    const by = issuer?.O ?? issuer?.CN;
    resolve(Number.isNaN(endsAt) ? { error: "it shows none" } : { endsAt, issuer: Array.isArray(by) ? by[0] : by });
  });
  const abort = (): void => reject(new DOMException("no answer in time", "TimeoutError"));
  socket.on("error", reject);
  stop.addEventListener("abort", abort, { once: true });
  try {
    return { of, found: await promise };
  } catch (error) {
    signal.throwIfAborted();
    return { of, found: { error: connectionFault(error, "a CA that is trusted", (message) => message.slice(0, 200)) } };
  } finally {
    stop.removeEventListener("abort", abort);
    socket.destroy();
  }
}
