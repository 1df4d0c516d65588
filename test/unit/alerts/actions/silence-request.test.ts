import { expect, test } from "vitest";
import { doubtsAbout, matchesEverything, parseSilenceRequest, parseTypedMatchers } from "../../../../src/alerts/actions/silence-request.ts";
import { silenceDuration, tomorrowMorning } from "../../../../src/alerts/actions/silence-time.ts";
import { parseMatchers, showMatchers } from "../../../../src/alerts/matcher.ts";
import { bindArguments } from "../../../../src/chat/arguments.ts";
import { parseTyped } from "../../../../src/chat/parse.ts";
import { silence } from "../../../../src/handlers/silence.ts";

/** From the message to what is asked of Alertmanager. */
function typed(message: string): string {
  const parsed = parseTyped(message);
  if (parsed.kind !== "command") return parsed.kind;
  const bound = bindArguments(silence, parsed.words);
  if (bound.kind !== "args") return bound.kind === "mistake" ? bound.text : bound.kind;
  const request = parseSilenceRequest(bound.args.request);
  const source = bound.args.source === undefined ? "" : ` @${bound.args.source}`;
  return request.ok ? `${showMatchers(request.matchers)} ${request.forMs / 60_000} “${request.comment}”${source}` : request.mistake;
}

test.each([
  ['!silence {alertname="X"} 2h new disk', '{alertname="X"} 120 “new disk”'],
  ['!silence alertname="X Y", ns="a b" 2h new disk', '{alertname="X Y", ns="a b"} 120 “new disk”'],
  ['!silence {alertname="X Y",  ns =~ "a|b"} 90m', '{alertname="X Y", ns=~"a|b"} 90 “”'],
  ["!silence alertname=X 2h", '{alertname="X"} 120 “”'],
  ["!silence alertname=X namespace=y severity!=none 1h30m it's fine", '{alertname="X", namespace="y", severity!="none"} 90 “it\'s fine”'],
  ["!silence NodeDown 30m", '{alertname="NodeDown"} 30 “”'],
  ['!silence "NodeDown" 30m', '{alertname="NodeDown"} 30 “”'],
  ["!silence alertname=“X Y” 2h “moving uzig”", '{alertname="X Y"} 120 “moving uzig”'],
  ["!silence alertname=„X“ 2h", '{alertname="X"} 120 “”'],
  ["!silence alertname='X Y' 2h", '{alertname="X Y"} 120 “”'],
  ["!silence alertname=‘X’ 2h", '{alertname="X"} 120 “”'],
  ['!silence "alertname=X" 2h', '{alertname="X"} 120 “”'],
  ['!silence "utf8 name"="x" 2h', '{"utf8 name"="x"} 120 “”'],
  ["!silence alertname = X 2 hours why not", '{alertname="X"} 120 “why not”'],
  ["!silence X 1h 30m why", '{alertname="X"} 90 “why”'],
  ["!silence X 1h —source prod moved", '{alertname="X"} 60 “moved” @prod'],
  ["!silence X 1h see --dry-run --source=prod", '{alertname="X"} 60 “see --dry-run” @prod'],
  ['!silence wait="2h" 3h', '{wait="2h"} 180 “”'],
  ["!silence wait=2h 3h", '{wait="2h"} 180 “”'],
])("%s", (message, expected) => {
  expect(typed(message)).toBe(expected);
});

test.each([
  ["!silence alertname=X", /for how long/u],
  ["!silence 2h", /for how long/u],
  ["!silence alertname=X 5s", /for how long/u],
  ["!silence alertname=X 400d", /for how long/u],
  ["!silence {alertname=X 2h", /for how long|not closed|closing/u],
  ["!silence a=~( 2h", /regular expression of a opens a \(/u],
  ["!silence", /request is missing.*!silence MATCHERS DURATION COMMENT… \[--source …\]/u],
])("%s is answered in words", (message, words) => {
  expect(typed(message)).toMatch(words);
});

function matchers(text: string) {
  const parsed = parseMatchers(text);
  if (!parsed.ok) throw new Error(parsed.mistake);
  return parsed.matchers;
}

const preview = { alerts: 1, silenced: 0, namespaces: [], groups: [{ alertname: "X" }] };

test("a silence that is plain raises no doubt; one that is not says why", () => {
  expect(doubtsAbout(matchers("a=b"), preview)).toEqual([]);
  expect(doubtsAbout(matchers("a=b"), { ...preview, alerts: 0, groups: [] })).toEqual(["nothing that fires now matches"]);
  expect(doubtsAbout(matchers("a=b"), { ...preview, groups: [{ a: "1" }, { a: "2" }] })).toEqual(["it mutes 2 groups"]);
  expect(doubtsAbout(matchers("a=~b, c!=d"), preview)).toHaveLength(1);
});

test("what matches alerts without any label would mute everything", () => {
  expect(matchesEverything(matchers("a=~'.*'".replaceAll("'", '"')))).toBe(true);
  expect(matchesEverything(matchers('a!="b"'))).toBe(true);
  expect(matchesEverything(matchers('a=~".+"'))).toBe(false);
});

test("a filter is a bare name, or matchers", () => {
  expect(parseTypedMatchers("NodeDown")).toEqual({ ok: true, matchers: [{ name: "alertname", op: "=", value: "NodeDown" }] });
  expect(parseTypedMatchers("a=1 b=2")).toMatchObject({ ok: true, matchers: [{ name: "a" }, { name: "b" }] });
});

test.each([
  ["2h", 120],
  ["1h30m", 90],
  ["2 hours", 120],
  ["1 day", 1440],
  ["90 min", 90],
  ["1w", 10_080],
])("%s is so many minutes", (text, minutes) => {
  expect(silenceDuration(text)).toBe(minutes * 60_000);
});

test.each(["", "h", "2", "2x", "1h ago", "99999d", "1e3h", "-1h"])("%s is no duration", (text) => {
  expect(silenceDuration(text)).toBeUndefined();
});

test("tomorrow morning is the next day's 09:00 by the team's clock, over a change of summer time too; in the night it is the same day's", () => {
  const morning = (now: string, timeZone: string): string => new Date(tomorrowMorning({ now: Date.parse(now), timeZone })).toISOString();
  expect(morning("2026-06-12T15:00:00Z", "Europe/Moscow")).toBe("2026-06-13T06:00:00.000Z");
  expect(morning("2026-06-12T23:30:00Z", "Europe/Moscow")).toBe("2026-06-13T06:00:00.000Z");
  expect(morning("2026-10-24T12:00:00Z", "Europe/Berlin")).toBe("2026-10-25T08:00:00.000Z");
});
