import { expect, test } from "vitest";
import { whileHeapGrows } from "../../../src/process/heap.ts";

function engine(...startedWith: string[]) {
  const said: string[] = [];
  return { said, startedWith, setFlag: (flag: string) => void said.push(flag) };
}

test("a process that saves memory does not while much is read, and does again afterwards", async () => {
  const { said, ...of } = engine("--max-semi-space-size=4", "--optimize-for-size");
  const during = await whileHeapGrows(async () => [...said], of);
  expect(during).toEqual(["--no-optimize-for-size"]);
  expect(said).toEqual(["--no-optimize-for-size", "--optimize-for-size"]);
});

test("it does again also when the reading failed", async () => {
  const { said, ...of } = engine("--optimize-for-size");
  await expect(whileHeapGrows(async () => await Promise.reject(new Error("no keys")), of)).rejects.toThrow("no keys");
  expect(said.at(-1)).toBe("--optimize-for-size");
});

test("a process that was started otherwise is left as it is", async () => {
  const { said, ...of } = engine("--disable-warning=DEP0060");
  await expect(whileHeapGrows(async () => 7, of)).resolves.toBe(7);
  expect(said).toEqual([]);
});
