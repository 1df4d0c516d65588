/** The configuration of a throw-away Synapse. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";

/** `default-messages`: only the limit on messages is Synapse's own. */
export type RateLimits = "default" | "default-messages" | "raised";

export interface SynapseSettings {
  readonly dir: string;
  readonly port: number;
  readonly serverName: string;
  readonly rateLimits: RateLimits;
  readonly sharedSecret: string;
}

const unlimited = { per_second: 10_000, burst_count: 10_000 };

/** Every limit of Synapse that a client can meet, out of reach. */
const raised = {
  rc_message: unlimited,
  rc_registration: unlimited,
  rc_registration_token_validity: unlimited,
  rc_login: { address: unlimited, account: unlimited, failed_attempts: unlimited },
  rc_admin_redaction: unlimited,
  rc_joins: { local: unlimited, remote: unlimited },
  rc_joins_per_room: unlimited,
  rc_3pid_validation: unlimited,
  rc_invites: { per_room: unlimited, per_user: unlimited, per_issuer: unlimited },
  rc_media_create: unlimited,
  rc_room_creation: unlimited,
  rc_presence: { per_user: unlimited },
  rc_delayed_event_mgmt: unlimited,
  rc_reports: unlimited,
};

/**
 * Files by name. JSON is YAML. The limits on registering and logging in are always raised, as a test makes all its
 * people from one address; with "default" all others stay Synapse's own.
 */
export function synapseConfig({ dir, port, serverName, rateLimits, sharedSecret }: SynapseSettings): Record<string, string> {
  const { rc_message: _messages, ...othersRaised } = raised;
  const limits = { default: { rc_registration: unlimited, rc_login: raised.rc_login }, "default-messages": othersRaised, raised }[rateLimits];
  const homeserver = {
    server_name: serverName,
    public_baseurl: `http://127.0.0.1:${port}/`,
    pid_file: join(dir, "synapse.pid"),
    listeners: [{ port, bind_addresses: ["127.0.0.1"], type: "http", tls: false, resources: [{ names: ["client", "federation"], compress: false }] }],
    database: { name: "sqlite3", args: { database: join(dir, "homeserver.db") } },
    log_config: join(dir, "log.json"),
    media_store_path: join(dir, "media"),
    signing_key_path: join(dir, "signing.key"),
    registration_shared_secret: sharedSecret,
    macaroon_secret_key: randomBytes(16).toString("hex"),
    form_secret: randomBytes(16).toString("hex"),
    enable_registration: false,
    report_stats: false,
    trusted_key_servers: [],
    suppress_key_server_warning: true,
    federation_domain_whitelist: [],
    url_preview_enabled: false,
    ...limits,
  };
  const log = {
    version: 1,
    formatters: { line: { format: "%(asctime)s %(levelname)s %(name)s %(message)s" } },
    handlers: { console: { class: "logging.StreamHandler", formatter: "line", stream: "ext://sys.stdout" } },
    root: { level: "WARNING", handlers: ["console"] },
    disable_existing_loggers: false,
  };
  const signingKey = `ed25519 a_test ${randomBytes(32).toString("base64").replace(/=+$/u, "")}\n`;
  return { "signing.key": signingKey, "homeserver.json": JSON.stringify(homeserver, undefined, 2), "log.json": JSON.stringify(log, undefined, 2) };
}
