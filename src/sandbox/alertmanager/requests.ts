/** What is posted to the API, checked as Alertmanager's own API checks it. Pure. */
import * as z from "zod";
import type { Matcher } from "../../alerts/matcher.ts";
import type { PostedAlert } from "./alert-book.ts";
import { Refusal } from "./refusal.ts";
import type { WantedSilence } from "./silence-book.ts";

const time = z.string().transform((text, context) => {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) context.addIssue({ code: "custom", message: "no time", params: { malformed: true } });
  return ms;
});
/** The zero of Go's times stands for none. */
const optionalTime = time.optional().transform((ms) => (ms === undefined || ms <= Date.UTC(1, 0, 1, 0, 0, 0) ? undefined : ms));
const labels = z.record(z.string(), z.string());
const alerts = z.array(
  z.object({
    labels,
    annotations: labels.optional(),
    startsAt: optionalTime,
    endsAt: optionalTime,
    generatorURL: z.string().optional(),
  }),
);
const silence = z.object({
  id: z.string().optional(),
  matchers: z.array(z.object({ name: z.string(), value: z.string(), isRegex: z.boolean(), isEqual: z.boolean().default(true) })).min(1),
  startsAt: time,
  endsAt: time,
  createdBy: z.string(),
  comment: z.string(),
});

/** @throws {Refusal} 400 or 422 */
export function readAlerts(body: string): readonly PostedAlert[] {
  return read(alerts, body, "alerts").map(({ labels, annotations = {}, startsAt, endsAt, generatorURL = "" }) => ({
    labels,
    annotations,
    startsAt,
    endsAt,
    generatorUrl: generatorURL,
  }));
}

/** @throws {Refusal} 400 or 422 */
export function readSilence(body: string): WantedSilence {
  const { id, matchers, ...rest } = read(silence, body, "silence");
  return { ...rest, id: id === "" ? undefined : id, matchers: matchers.map(toMatcher) };
}

interface WireMatcher {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  readonly isEqual: boolean;
}

function toMatcher({ name, value, isRegex, isEqual }: WireMatcher): Matcher {
  const op = isRegex ? (isEqual ? "=~" : "!~") : isEqual ? "=" : "!=";
  return { name, op, value };
}

export function wireMatcher({ name, op, value }: Matcher): WireMatcher {
  return { isEqual: !op.startsWith("!"), isRegex: op.endsWith("~"), name, value };
}

/** What is missing or too short is 422 with a number; what cannot be parsed at all is 400. */
function read<T>(schema: z.ZodType<T>, body: string, what: string): T {
  const unreadable = (why: string): Refusal => new Refusal(400, `parsing ${what} body from "" failed, because ${why}`, 400);
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw unreadable("it is no JSON");
  }
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue?.path.join(".") ?? "";
  if (issue?.code === "invalid_type" && issue.input === undefined) throw new Refusal(422, `${place} in body is required`, 602);
  if (issue?.code === "too_small") throw new Refusal(422, `${place} in body should have at least 1 items`, 612);
  throw unreadable(`of ${place}: ${issue?.message ?? "it is something else"}`);
}
