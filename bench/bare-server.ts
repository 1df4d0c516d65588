/** The least that an answer to a delivery can take here: a server in a process of its own that appends each body to a file, waits for the disk, and answers. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fdatasyncSync, openSync, writeSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface BareServer extends AsyncDisposable {
  readonly port: number;
}

export async function startBareServer(): Promise<BareServer> {
  const folder = await mkdtemp(join(tmpdir(), "opsroom-bare-"));
  const child = fork(import.meta.filename, [folder], { stdio: "inherit" });
  const [port]: unknown[] = await once(child, "message");
  return {
    port: Number(port),
    [Symbol.asyncDispose]: async () => {
      child.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

if (process.argv[1] === import.meta.filename) {
  const file = openSync(join(process.argv[2] ?? ".", "bodies"), "a");
  const server = createServer((request, response) => {
    request
      .on("data", (chunk: Buffer) => {
        writeSync(file, chunk);
      })
      .on("end", () => {
        fdatasyncSync(file);
        response.end();
      });
  });
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    process.send?.(typeof address === "object" ? address?.port : undefined);
  });
}
