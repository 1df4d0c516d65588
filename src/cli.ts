#!/usr/bin/env node
/** The `opsroom` command. Each subcommand is loaded when it is asked for, so that none pays for another. */
import { Command, InvalidArgumentError, Option } from "commander";
import { appVersion } from "./app-version.ts";
import { parseDuration } from "./chat/duration.ts";
import type { CommandIo } from "./cli/check.ts";
import type { CryptoIo } from "./cli/crypto-open.ts";
import { CommandFailure } from "./cli/failure.ts";
import { OpsroomError } from "./errors.ts";
import { MatrixFailure } from "./matrix/failure.ts";
import type { SandboxOptions } from "./sandbox/sandbox.ts";

const io: CommandIo = {
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  env: process.env,
};

const program = new Command("opsroom").description("A bot that lives in a Matrix room and runs the Kubernetes cluster that hosts Matrix.").version(appVersion);

program
  .command("start")
  .description("run the bot")
  .requiredOption("--config <file>", "the configuration")
  .action(async ({ config }: { readonly config: string }) => {
    const { runStart } = await import("./cli/start.ts");
    process.exitCode = await runStart(config, io);
  });

program
  .command("check")
  .description("report every mistake of a configuration; exit code 2 when there is one")
  .requiredOption("--config <file>", "the configuration")
  .option("--no-secrets", "do not look at the files and variables that hold secrets")
  .option("--json", "one JSON object instead of text")
  .action(async ({ config, secrets, json }: { readonly config: string; readonly secrets: boolean; readonly json?: boolean }) => {
    const { runCheck } = await import("./cli/check.ts");
    process.exitCode = await runCheck({ file: config, secrets, json: json ?? false }, io);
  });

program
  .command("login")
  .description("get the bot a device and an access token of its own")
  .requiredOption("--homeserver <url>", "base address of the homeserver")
  .requiredOption("--user <mxid>", "the bot's account")
  .requiredOption("--token-file <file>", "where the token is written, readable by its owner alone")
  .option("--password-file <file>", "file that holds the password; otherwise it is asked for, or read from OPSROOM_PASSWORD")
  .option("--device-name <name>", "how the device is shown", "Opsroom")
  .option("--force", "replace an existing token file")
  .action(async (options: LoginFlags) => {
    const { runLogin } = await import("./cli/login.ts");
    process.exitCode = await runLogin({ ...options, force: options.force ?? false }, io);
  });

interface LoginFlags {
  readonly homeserver: string;
  readonly user: string;
  readonly tokenFile: string;
  readonly passwordFile?: string;
  readonly deviceName: string;
  readonly force?: boolean;
}

program
  .command("audit")
  .description("the audit log")
  .command("verify")
  .description("check the chain of the audit log; exit code 1 when a row was changed or removed")
  .requiredOption("--config <file>", "the configuration")
  .action(async ({ config }: { readonly config: string }) => {
    const { runAuditVerify } = await import("./cli/audit.ts");
    process.exitCode = await runAuditVerify(config, io);
  });

program
  .command("alerts")
  .description("alerts")
  .command("route")
  .description("tell which rooms a group of alerts would be shown in, why, and who would be mentioned")
  .requiredOption("--config <file>", "the configuration")
  .requiredOption("--labels <labels>", "its labels: alertname=NodeDown,severity=critical")
  .option("--receiver <name>", "the receiver that it comes by", "default")
  .option("--json", "one JSON object instead of text")
  .action(
    async ({ config, labels, receiver, json }: { readonly config: string; readonly labels: string; readonly receiver: string; readonly json?: boolean }) => {
      const { runAlertsRoute } = await import("./cli/alerts-route.ts");
      process.exitCode = await runAlertsRoute({ file: config, labels, receiver, json: json ?? false, now: Date.now() }, io);
    },
  );

const crypto = program.command("crypto").description("encrypted rooms: this device's keys, the account's identity, its recovery key and backup");

crypto
  .command("status")
  .description("tell whether people can read the bot in encrypted rooms and be read, also while it runs; exit code 1 when something needs a person")
  .requiredOption("--config <file>", "the configuration")
  .option("--json", "one JSON object instead of text")
  .action(async ({ config, json }: { readonly config: string; readonly json?: boolean }) => {
    const { runCryptoStatus } = await import("./cli/crypto-status.ts");
    await attended((signal) => runCryptoStatus({ file: config, json: json ?? false }, io, signal));
  });

crypto
  .command("init")
  .description("make keys, identity, recovery key and backup, as far as they are missing, and show a recovery key that is made; Opsroom must not run")
  .requiredOption("--config <file>", "the configuration")
  .option(
    "--password-file <file>",
    "file that holds the account's password, if the homeserver wants it; otherwise it is asked for, or read from OPSROOM_PASSWORD",
  )
  .option("--new-identity", "replace an identity, recovery key or backup that cannot be used: everybody who verified the account has to do it again")
  .action(async ({ config, passwordFile, newIdentity }: CryptoFlags) => {
    const { runCryptoInit } = await import("./cli/crypto-init.ts");
    await attended((signal) => runCryptoInit({ file: config, passwordFile, newIdentity: newIdentity ?? false }, terminal(), signal));
  });

crypto
  .command("reset")
  .description("put the keys aside, keeping a copy, and make a new device ready; Opsroom must not run")
  .requiredOption("--config <file>", "the configuration")
  .option("--password-file <file>", "file that holds the account's password; otherwise it is asked for, or read from OPSROOM_PASSWORD")
  .option("--yes", "do not ask")
  .action(async ({ config, passwordFile, yes }: CryptoFlags) => {
    const { runCryptoReset } = await import("./cli/crypto-reset.ts");
    await attended((signal) => runCryptoReset({ file: config, passwordFile, yes: yes ?? false, now: new Date() }, terminal(), signal));
  });

interface CryptoFlags {
  readonly config: string;
  readonly passwordFile?: string;
  readonly newIdentity?: boolean;
  readonly yes?: boolean;
}

/** What failed in words that a person can act on is said, and is exit code 1. */
async function attended(run: (signal: AbortSignal) => Promise<number>): Promise<void> {
  try {
    process.exitCode = await interruptible(run);
  } catch (error) {
    if (!(error instanceof CommandFailure || error instanceof MatrixFailure)) throw error;
    io.err(`${error.message}\n${error instanceof CommandFailure ? error.remedy : "Check matrix.homeserver, the token and the network."}\n`);
    process.exitCode = 1;
  }
}

function terminal(): CryptoIo {
  return {
    ...io,
    askSecret: async (question) => (await import("./cli/ask-password.ts")).askPassword({ input: process.stdin, output: process.stderr }, question),
    ask: async (question) => {
      const { createInterface } = await import("node:readline/promises");
      const asking = createInterface({ input: process.stdin, output: process.stderr });
      return asking.question(question).finally(() => asking.close());
    },
  };
}

/** Ctrl-C ends it with the exit code that shells give for that, and no other word. */
async function interruptible(run: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort(new Error("interrupted")));
  try {
    return await run(stop.signal);
  } catch (error) {
    if (stop.signal.aborted) return 130;
    throw error;
  }
}

const dayMs = 86_400_000;
program
  .command("backup")
  .description("backups")
  .command("check")
  .description("tell whether each PostgreSQL cluster of a Kubernetes cluster could be restored, and why not; needs no configuration")
  .requiredOption("--kubeconfig <file>", "how the Kubernetes cluster is reached")
  .option("--context <name>", "a context of that file; by default its current one")
  .option("--namespace <name>", "look only at what is in this namespace")
  .option("--ignore <names...>", "PostgreSQL clusters that need no backup: NAME or NAMESPACE/NAME")
  .addOption(new Option("--window <duration>", "how far back one wants to be able to go").argParser(durationMs).default(7 * dayMs, "7d"))
  .addOption(new Option("--grace <duration>", "how much later than its schedule a base backup may be there").argParser(durationMs).default(dayMs / 12, "2h"))
  .addOption(new Option("--every-at-least <duration>", "a base backup is at least this often").argParser(durationMs).default(8 * dayMs, "8d"))
  .option("--operator-time-zone <name>", "the zone that the operator's container runs in", timeZone, "UTC")
  .option("--json", "one JSON object instead of text")
  .addHelpText(
    "after",
    "\nExit code, by the worst verdict: 0 ok or switched off on purpose, 1 late, 2 failed or never backed up,\n3 unknown: something could not be looked at (the kubeconfig too), or there is no PostgreSQL cluster.",
  )
  .action(async (flags: BackupCheckFlags) => {
    const { runBackupCheck } = await import("./cli/backup-check.ts");
    const limits = { windowMs: flags.window, graceMs: flags.grace, longestPeriodMs: flags.everyAtLeast };
    const { kubeconfig, context, namespace, ignore = [], json = false, operatorTimeZone } = flags;
    const options = { kubeconfig, context, namespace, json, ignored: ignore, limits, operatorTimeZone };
    process.exitCode = await interruptible((signal) => runBackupCheck(options, io, signal));
  });

interface BackupCheckFlags {
  readonly kubeconfig: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly ignore?: readonly string[];
  readonly window: number;
  readonly grace: number;
  readonly everyAtLeast: number;
  readonly operatorTimeZone: string;
  readonly json?: boolean;
}

const says: SandboxOptions["says"][number][] = [];
const fires: string[] = [];
program
  .command("sandbox")
  .description("try it: an embedded homeserver, cluster and Alertmanager, and a chat prompt")
  .addOption(new Option("--say <text>", "type this, then go on (repeatable)").argParser((text) => say(text)))
  .addOption(
    new Option("--as <name>", "who types the --say beside it; an operator by default, an unknown name is a stranger").argParser((name) => nameSpeaker(name)),
  )
  .addOption(new Option("--fire <name>", "an alert with this name begins, before anything is typed (repeatable)").argParser((name) => fire(name)))
  .option("--once", "no prompt: fire what --fire and type what --say gives, wait for the answers, and end")
  .option("--json", "print each room event as one line of JSON, and nothing else")
  .option("--timeout <seconds>", "with --once: how long to wait for the answers", wholeNumber, 30)
  .option("--nodes <n>", "a cluster of this many nodes instead of the plan's", wholeNumber)
  .option("--pods <n>", "and this many pods", wholeNumber)
  .option("--data <folder>", "keep everything in this folder; by default it is thrown away")
  .option("--verbose", "show the bot's log on standard error")
  .action(async ({ fire, ...flags }: Omit<SandboxOptions, "fires" | "says"> & { readonly fire?: readonly string[] }) => {
    const { runSandbox } = await import("./sandbox/sandbox.ts");
    process.exitCode = await runSandbox({ ...flags, says, fires: fire ?? [] }, io);
  });

function fire(name: string): readonly string[] {
  fires.push(name);
  return fires;
}

/** A speaker named before the `--say` it belongs to. */
let nextSpeaker: string | undefined;

function say(text: string): void {
  says.push({ text, as: nextSpeaker });
  nextSpeaker = undefined;
}

/** `--as` may stand before or behind its `--say`: it belongs to the one before it, unless that one has a speaker or there is none yet. */
function nameSpeaker(name: string): void {
  const last = says.at(-1);
  if (last === undefined || last.as !== undefined) nextSpeaker = name;
  else says[says.length - 1] = { ...last, as: name };
}

function wholeNumber(text: string): number {
  if (!/^\d{1,6}$/u.test(text)) throw new InvalidArgumentError("a whole number is wanted.");
  return Number(text);
}

function durationMs(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0) throw new InvalidArgumentError("a duration such as 90m, 36h or 14d is wanted.");
  return ms;
}

function timeZone(text: string): string {
  if (!Intl.supportedValuesOf("timeZone").includes(text) && text !== "UTC") throw new InvalidArgumentError("a time zone such as Europe/Berlin is wanted.");
  return text;
}

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof OpsroomError)) throw error;
  io.err(`${error.code}: ${error.message}\n${error.remedy}\n`);
  process.exitCode = 1;
}
