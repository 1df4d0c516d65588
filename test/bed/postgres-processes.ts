/** Processes inside a PostgreSQL pod, stopped, let go on and killed by signals. */
import type { BackupWay, PostgresCluster } from "./postgres-cluster.ts";
import { run } from "./process.ts";

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

/** Kills the containers from which held base backups are sent, from outside as the kernel would: a container's first process heeds no signal from within. */
export async function killSender(): Promise<void> {
  // Up from each to the process that is the first in its container; one outside of containers is nobody's backup.
  const firsts = `field() { awk "/^$1:/ { print $2 }" "/proc/$each/status"; }
    for each in $(grep -lazE 'barman-cloud-[b]ackup$' /proc/[0-9]*/cmdline); do
      each=$(basename "$(dirname "$each")")
      while [ "$(field NSpid NF)" -gt 2 ] && [ "$(field NSpid '$NF')" != 1 ]; do each=$(field PPid '$2'); done
      [ "$(field NSpid NF)" -gt 2 ] && echo "$each"
    done`;
  const pids = (await run("bash", ["-c", firsts])).trim().split("\n");
  for (const pid of new Set(pids)) process.kill(Number(pid), "SIGKILL");
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
