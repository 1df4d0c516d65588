import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkTemplate, fillTemplate, type TemplateView } from "../../../../src/alerts/template.ts";

const view: TemplateView = {
  alertname: "NodeDown",
  severity: "critical",
  status: "firing",
  count: 3,
  receiver: "ops",
  source: "prod",
  labels: { pod: "synapse-0", "app.kubernetes.io/name": "synapse", html: `<b>&"'`, empty: "" },
  annotations: { summary: "two\nlines", description: "{{labels.pod}}" },
};

describe("what a template says", () => {
  test.each([
    ["{{alertname}} {{severity}} {{status}} {{count}} {{receiver}} {{source}}", "NodeDown critical firing 3 ops prod"],
    ["{{labels.pod}}: {{annotations.summary}}", "synapse-0: two lines"],
    ["{{labels.app.kubernetes.io/name}}", "synapse"],
    ["{{#labels.pod}}on {{.}} of {{source}}{{/labels.pod}}{{^labels.pod}}nowhere{{/labels.pod}}", "on synapse-0 of prod"],
    ["{{#labels.empty}}on {{.}}{{/labels.empty}}{{^labels.none}}nowhere{{/labels.none}}", "nowhere"],
    ["{{labels.none}}{{annotations.none}}|{{.}}", "|"],
    ["{{! a comment }}x", "x"],
    ["a\n  b", "a   b"],
  ])("%s", (template, expected) => {
    expect(checkTemplate(template)).toBeUndefined();
    expect(fillTemplate(template, view)).toBe(expected);
  });

  test("values stand as they are, since the renderer escapes all text, and are no templates", () => {
    expect(fillTemplate("{{labels.html}}{{{labels.html}}}{{&labels.html}}", view)).toBe(`<b>&"'`.repeat(3));
    expect(fillTemplate("{{annotations.description}}", view)).toBe("{{labels.pod}}");
  });

  test("nothing that objects inherit can be reached or called", () => {
    for (const name of ["constructor", "toString", "__proto__", "valueOf"])
      expect(fillTemplate(`[{{labels.${name}}}{{annotations.${name}}}{{#labels.${name}}}x{{/labels.${name}}}]`, view)).toBe("[]");
  });

  test("is one line of 300 characters at most", () => {
    const filled = fillTemplate("{{labels.pod}}", { ...view, labels: { pod: "x\n\u202e".repeat(10_000) } });
    expect(filled.length).toBeLessThanOrEqual(300);
    expect(filled).not.toMatch(/[\n\u202e]/u);
  });
});

describe("what is wrong with a template", () => {
  test.each([
    ["{{alertName}}", /\balertname\?/u],
    ["{{statu}}", /status\?/u],
    ["{{label.pod}}", /labels\.pod\?/u],
    ["{{ .Labels.pod }}", /labels\.pod\?/u],
    ["{{$labels.pod}}", /labels\.pod\?/u],
    ["{{annotation.summary}}", /annotations\.summary\?/u],
    ["{{#labels.pod}}{{pod}}{{/labels.pod}}", /\{\{pod\}\}, which is none of/u],
    ["{{labels}}", /labels\.NAME/u],
    ["{{> other}}", /partial/u],
    ["{{=<% %>=}}<% alertname %>", /delimiters/u],
    ["{{#labels.pod}}", /Unclosed section/u],
    ["{{alertname", /Unclosed tag/u],
    ["x".repeat(1001), /1,000/u],
  ])("%s", (template, mistake) => {
    expect(checkTemplate(template)).toMatch(mistake);
  });
});

test("whatever passes the check can be filled, in one line", () => {
  const piece = fc.constantFrom(
    "{{",
    "}}",
    "{{{",
    "#",
    "^",
    "/",
    "&",
    "!",
    ">",
    "=",
    ".",
    "labels.pod",
    "labels.",
    "annotations.summary",
    "count",
    "alertname",
    " ",
    "\n",
    "x",
    "constructor",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      const template = pieces.join("");
      if (checkTemplate(template) !== undefined) return;
      expect(fillTemplate(template, view)).not.toContain("\n");
    }),
    { numRuns: 1500 },
  );
});
