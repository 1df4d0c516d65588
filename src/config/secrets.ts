/** A secret's value, from where the configuration says it is kept. It goes to the caller and nowhere else. */
import { open } from "node:fs/promises";
import { OpsroomError } from "../errors.ts";
import type { SecretRef } from "../secret-ref.ts";

const mostBytes = 2 ** 16;

export interface SecretSource {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told, in one sentence, when a file is open to more people than its owner and group. */
  readonly warn: (warning: string) => void;
}

/** @throws {OpsroomError} OPSROOM_SECRET_UNREADABLE: not there, empty, too long or of several lines. Names the place, never the value. */
export async function readSecret(ref: SecretRef, { env, warn }: SecretSource): Promise<string> {
  if (ref.kind === "file") return checked(await readSecretFile(ref.file, warn), `the file ${ref.file}`);
  const value = env[ref.name];
  if (value === undefined) throw unreadable(`the environment variable ${ref.name} is not set`);
  return checked(value, `the environment variable ${ref.name}`);
}

/** Tokens and addresses are one line: what has more is another file by mistake, and would break a header. */
function checked(text: string, place: string): string {
  const value = text.replace(/\r?\n$/u, "");
  if (value.trim() === "") throw unreadable(`${place} is empty`);
  if (/\p{Cc}/u.test(value)) throw unreadable(`${place} has more than one line, or control characters in it`);
  return value;
}

/** @returns the file's text as it is, of a certificate or a kubeconfig for example; @throws {OpsroomError} OPSROOM_SECRET_UNREADABLE */
export async function readSecretFile(file: string, warn: SecretSource["warn"]): Promise<string> {
  try {
    await using handle = await open(file, "r");
    const stats = await handle.stat();
    if (!stats.isFile()) throw unreadable(`${file} is no ordinary file`);
    // Kubernetes mounts Secrets as 0640 for a group at best (`defaultMode`): more than that is more than is needed.
    if ((stats.mode & 0o037) !== 0)
      warn(`${file} is open to more than its owner and group (mode ${(stats.mode & 0o777).toString(8).padStart(4, "0")}): 0640 or less is enough`);
    if (stats.size > mostBytes) throw unreadable(`${file} is longer than ${mostBytes} bytes`);
    const bytes = Buffer.alloc(mostBytes + 1);
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    if (bytesRead > mostBytes) throw unreadable(`${file} is longer than ${mostBytes} bytes`);
    return bytes.toString("utf8", 0, bytesRead);
  } catch (error) {
    if (error instanceof OpsroomError) throw error;
    if (!(error instanceof Error && "code" in error)) throw error;
    throw unreadable(`${file} could not be read (${String(error.code)})`, error);
  }
}

function unreadable(found: string, cause?: Error): OpsroomError {
  return new OpsroomError("OPSROOM_SECRET_UNREADABLE", found, "Put the secret there, readable for Opsroom's user.", cause === undefined ? {} : { cause });
}
