/** Alerts: who sends them, where they are shown, whom they wake. */
import * as z from "zod";
import { severities } from "../../alerts/severity.ts";
import { labelName, matchers, people, template, timeOfDay } from "./alert-pieces.ts";
import { sourceSchema } from "./alert-source.ts";
import { duration, shortName } from "./pieces.ts";
import { timeZoneName } from "./process.ts";

const routeSchema = z
  .strictObject({
    match: matchers("Labels that it must have.").exactOptional(),
    receivers: z
      .array(z.string().min(1).max(500))
      .min(1)
      .max(50)
      .exactOptional()
      .describe("Receivers, by one of which it must have come: what stands last in the webhook's address."),
    rooms: z.array(shortName()).min(1).max(50).describe("The rooms it is shown in, by their names above."),
  })
  .refine(({ match, receivers }) => match !== undefined || receivers !== undefined, { error: "match, receivers or both: everything else goes to defaultRoom" })
  .describe("One route.");

const pingSchema = z
  .strictObject({
    severities: z.array(z.enum(severities)).min(1).default(["critical"]).describe("Severities it is for."),
    match: matchers("Labels that it must have.").exactOptional(),
    mention: people("Who is mentioned when it begins or gets worse."),
    always: z.boolean().default(false).describe("Mentions during quiet hours too."),
    escalate: z
      .strictObject({
        after: duration("After this long without an acknowledgement.", "15m"),
        mention: people("Who is mentioned then.").min(1),
      })
      .exactOptional()
      .describe("Who is mentioned when nobody acknowledges."),
  })
  .describe("One rule.");

const quietHours = z
  .strictObject({
    from: timeOfDay("They begin at this time of day."),
    to: timeOfDay("They end at this one; over midnight where it is the earlier of the two."),
    timeZone: timeZoneName().exactOptional().describe("Time zone of both; by default the `timeZone` that times are shown in."),
  })
  .refine(({ from, to }) => from !== to, { path: ["to"], error: "another time than from" })
  .describe("When nobody is mentioned, except by rules with `always`. Whoever would have been is mentioned afterwards if it still fires.");

const message = z
  .strictObject({
    instances: z.int().min(1).max(50).default(10).describe("Alerts of a group that are shown one by one; the rest are counted."),
    moveAfter: duration("A message older than this is left where it is when its group fires again: a new one is written and links it.", "12h"),
    moveAfterMessages: z.int().min(1).max(10_000).default(50).describe("The same, when so many messages stand below it."),
    pingAgainAfter: duration("Nobody is mentioned again for the same group within this time.", "15m"),
  })
  .describe("The message of a group.")
  .prefault({});

export const alertsSchema = z
  .strictObject({
    listen: z
      .strictObject({
        host: z.string().min(1).max(253).default("0.0.0.0").describe("Address to listen on."),
        port: z.int().min(0).max(65_535).default(9095).describe("Port to listen on; 0 takes a free one."),
      })
      .describe("Where `POST /alertmanager/RECEIVER` is answered.")
      .prefault({}),
    sources: z.array(sourceSchema).min(1).max(50).describe("Who may send alerts."),
    defaultRoom: shortName().describe("The room, by its name above, of everything that no label and no route sends elsewhere."),
    roomLabel: labelName(
      "Label that names a room: looked for in the labels of Alertmanager's route (since 0.34), of the group, and those common to its alerts.",
      "matrix_room",
    ),
    severityLabel: labelName("Label that says how bad it is.", "severity"),
    severityWords: z
      .record(z.string().min(1).max(100), z.enum(severities).describe("What the word means."))
      .default({})
      .describe("Words of that label beside the usual ones, such as `{ p1: critical }`."),
    routes: z.array(routeSchema).max(200).default([]).describe("Which rooms it is shown in; the first that fits decides."),
    pings: z.array(pingSchema).max(50).default([]).describe("Who is mentioned, and when; all rules that fit count. Without any nobody is."),
    quietHours: quietHours.exactOptional(),
    message,
    forgetAfter: duration("A group that was not heard of for this long is taken for gone. Longer than Alertmanager's `repeat_interval`.", "3d"),
    template: z
      .strictObject({
        title: template("First line of the message.").exactOptional(),
        line: template("Line of one alert.").exactOptional(),
      })
      .describe("Mustache templates in place of what is built in. What they make is text: it is escaped.")
      .prefault({}),
  })
  .describe("Alerts of Alertmanager or Grafana, shown in the rooms. Without it none are taken.");

/** As it stands in the file, each value parsed by itself. */
export type GivenAlerts = z.output<typeof alertsSchema>;
