/** A file for a secret: made beside its place with mode 0600, and put there whole or not at all. */
import { randomBytes } from "node:crypto";
import { access, link, open, rename, unlink, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { CommandFailure } from "./failure.ts";

export interface ReservedFile extends AsyncDisposable {
  /** Writes `secret` and a line break, and puts the file in its place. @throws {CommandFailure} when something else is there by now */
  readonly keep: (secret: string) => Promise<void>;
}

/** Finds out now whether the file can be written. Without `force`, one that is there stays. @throws {CommandFailure} */
export async function reserveTokenFile(file: string, force: boolean): Promise<ReservedFile> {
  const taken = await access(file).then(
    () => true,
    () => false,
  );
  if (taken && !force) throw exists(file);
  const temporary = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString("hex")}`);
  const handle = await open(temporary, "wx", 0o600).catch((error: unknown) => {
    throw unwritable(file, error);
  });
  return {
    keep: (secret) => keep(handle, temporary, file, secret, force),
    [Symbol.asyncDispose]: async () => {
      await handle.close();
      await unlink(temporary).catch(() => undefined);
    },
  };
}

async function keep(handle: FileHandle, temporary: string, file: string, secret: string, force: boolean): Promise<void> {
  try {
    await handle.chmod(0o600);
    await handle.writeFile(`${secret}\n`);
    await handle.sync();
    // link() fails where a file is, rename() replaces it: each in one step.
    await (force ? rename(temporary, file) : link(temporary, file));
  } catch (error) {
    throw isCode(error, "EEXIST") ? exists(file) : unwritable(file, error);
  }
}

function exists(file: string): CommandFailure {
  return new CommandFailure(`${file} is there already`, "Give another --token-file, or --force to replace it.");
}

function unwritable(file: string, error: unknown): CommandFailure {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
  return new CommandFailure(`${file} could not be written (${code})`, "Give a --token-file in a folder that may be written to.");
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
