/** Small schemas of the part about alerts. */
import * as z from "zod";
import { parseMatchers, type Matcher } from "../../alerts/matcher.ts";
import { checkTemplate } from "../../alerts/template.ts";
import { isUserId, parseUserId } from "../../ids.ts";
import { looksSecret } from "../looks-secret.ts";

/** What a parser says of a text may repeat some of it. */
function because(text: string, mistake: string): string {
  return looksSecret(text) || looksSecret(mistake) ? "" : `; here: ${mistake.slice(0, 300)}`;
}

/** Matchers as Prometheus and Alertmanager write them. */
export function matchers(description: string) {
  return z
    .string()
    .min(1)
    .max(2000)
    .describe(`${description} Matchers as in Alertmanager: \`severity="critical", namespace=~"matrix-.*"\`.`)
    .transform((text, context): readonly Matcher[] => {
      const parsed = parseMatchers(text);
      if (parsed.ok) return parsed.matchers;
      context.addIssue({ code: "custom", message: `matchers such as severity="critical", namespace=~"matrix-.*"${because(text, parsed.mistake)}` });
      return z.NEVER;
    });
}

/** A Mustache template that names only what there is. */
export function template(description: string) {
  return z
    .string()
    .min(1)
    .max(1000)
    .superRefine((text, context) => {
      const mistake = checkTemplate(text);
      if (mistake !== undefined)
        context.addIssue({ code: "custom", message: `a Mustache template such as "{{alertname}} on {{labels.instance}}"${because(text, mistake)}` });
    })
    .describe(
      `${description} It can name \`alertname\`, \`severity\`, \`status\`, \`count\`, \`receiver\`, \`source\`, \`labels.NAME\` and \`annotations.NAME\`.`,
    );
}

/** User ids, who need not be operators of the room. */
export function people(description: string) {
  return z
    .array(z.string().refine(isUserId, { error: "a Matrix user id such as @nadia:example.org" }).transform(parseUserId))
    .max(50)
    .describe(description);
}

/** `22:00`, as minutes since midnight. */
export function timeOfDay(description: string) {
  return z
    .string({ error: 'a time such as "22:00"' })
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/u, { error: 'a time such as "22:00"' })
    .describe(description)
    .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)));
}

/** Of a label: any UTF-8, as Alertmanager allows since 0.27. */
export function labelName(description: string, byDefault: string) {
  return z.string().min(1).max(256).default(byDefault).describe(description);
}
