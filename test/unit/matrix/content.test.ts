import { expect, test } from "vitest";
import { imageContent } from "../../../src/matrix/content.ts";

test("a picture says in words what it shows, how big it is, and notifies nobody", () => {
  const picture = {
    url: "mxc://example.org/abc",
    body: "memory of uzig, 24 h",
    fileName: "uzig.png",
    contentType: "image/png",
    widthPx: 800,
    heightPx: 400,
    sizeBytes: 12_345,
  };

  expect(imageContent(picture)).toEqual({
    msgtype: "m.image",
    body: "memory of uzig, 24 h",
    filename: "uzig.png",
    url: "mxc://example.org/abc",
    info: { mimetype: "image/png", w: 800, h: 400, size: 12_345 },
    "m.mentions": {},
  });
});
