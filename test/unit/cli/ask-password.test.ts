import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { askPassword } from "../../../src/cli/ask-password.ts";

function terminal() {
  const raw: boolean[] = [];
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (on: boolean) => raw.push(on) });
  const output = new PassThrough();
  return { input, output, raw, shown: () => String(output.read() ?? "") };
}

test("what is typed is the answer and is not shown; the terminal is as before", async () => {
  const { input, output, raw, shown } = terminal();

  const answer = askPassword({ input, output }, "Password: ");
  for (const piece of ["pass", Buffer.from([0xc3]), Buffer.from([0xa9]), "wordx", "\u007f", "\r"]) input.write(piece);

  expect(await answer).toBe("passéword");
  expect(shown()).toBe("Password: \n");
  expect(raw).toEqual([true, false]);
});

test.each([
  ["Ctrl-C", "abc\u0003"],
  ["Ctrl-D", "\u0004"],
  ["nothing", "\r"],
])("%s breaks it off", async (_, typed) => {
  const { input, output, raw } = terminal();

  const answer = askPassword({ input, output }, "Password: ");
  input.write(typed);

  await expect(answer).rejects.toThrow("No password was given");
  expect(raw).toEqual([true, false]);
});

test("without a terminal it says what to do instead", async () => {
  await expect(askPassword({ input: new PassThrough(), output: new PassThrough() }, "Password: ")).rejects.toMatchObject({
    remedy: expect.stringContaining("--password-file"),
  });
});
