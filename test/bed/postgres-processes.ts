/** Processes inside a PostgreSQL pod, stopped and let go on by signals. */
import type { BackupWay, PostgresCluster } from "./postgres-cluster.ts";

/** Where base backups are sent from. */
const senders: Readonly<Record<BackupWay, string>> = { plugin: "plugin-barman-cloud", "in-tree": "postgres" };

/** Stops PostgreSQL's archiver or lets it go on. */
export async function signalArchiver({ kubectl, psql, name }: PostgresCluster, signal: "STOP" | "CONT"): Promise<void> {
  const pid = await psql("select pid from pg_stat_activity where backend_type = 'archiver'");
  await kubectl("exec", await primaryOf(kubectl, name), "-c", "postgres", "--", "bash", "-c", `kill -${signal} ${pid}`);
}

/** Waits for the next base backup that is sent and stops it in the middle. */
export async function holdBackups(cluster: PostgresCluster): Promise<void> {
  await signalBackups(cluster, "STOP", "until stop; do sleep 0.05; done");
}

/** Lets them go on. */
export async function releaseBackups(cluster: PostgresCluster): Promise<void> {
  await signalBackups(cluster, "CONT", "stop");
}

async function signalBackups({ kubectl, name, way }: PostgresCluster, signal: "STOP" | "CONT", loop: string): Promise<void> {
  // The pattern does not find this shell itself.
  const stop = `stop() { for each in $(grep -lazE 'barman-cloud-[b]ackup$' /proc/[0-9]*/cmdline); do kill -${signal} "$(basename "$(dirname "$each")")" && found=1; done; [ -n "\${found:-}" ]; }`;
  await kubectl("exec", await primaryOf(kubectl, name), "-c", senders[way], "--", "timeout", "100", "bash", "-c", `${stop}; ${loop}`);
}

const primaryOf = async (kubectl: PostgresCluster["kubectl"], name: string): Promise<string> =>
  kubectl("get", `cluster/${name}`, "-o", "jsonpath={.status.currentPrimary}");
