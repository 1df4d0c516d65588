import { existsSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const pages = [
  ...(await readdir("docs", { recursive: true })).filter((file) => file.endsWith(".md")).map((file) => join("docs", file)),
  ...(await readdir(".")).filter((file) => file.endsWith(".md")),
];

const headings = (text: string): readonly string[] =>
  [...text.matchAll(/^#+ (?<title>.*)$/gmu)].map((match) =>
    (match.groups?.["title"] ?? "")
      .toLowerCase()
      .replace(/[^\p{L}\d\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );

test.each(pages)("every link of %s leads to something that is there", async (page) => {
  const text = await readFile(page, "utf8");
  const local = [...text.replace(/^```[^]*?^```$/gmu, "").matchAll(/\]\((?<to>[^)\s]+)\)/gu)].map((match) => match.groups?.["to"] ?? "");
  const links = local.filter((each) => !/^https?:/u.test(each));
  const broken = await Promise.all(links.map(async (link) => ((await leads(page, link)) ? [] : [link])));
  expect(broken.flat()).toEqual([]);
});

async function leads(page: string, link: string): Promise<boolean> {
  const [file = "", heading] = link.split("#");
  const target = file === "" ? page : join(dirname(page), file);
  if (!existsSync(target)) return false;
  return heading === undefined || headings(await readFile(target, "utf8")).includes(heading);
}
