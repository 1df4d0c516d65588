/** The API, version 2: from a request to an answer. It changes nothing but the two books. */
import type { Clock } from "../../clock.ts";
import { matchesAll, type Matcher } from "../../alerts/matcher.ts";
import { hasEnded, type AlertBook, type KnownAlert } from "./alert-book.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { parseFilter } from "./filter.ts";
import { Refusal } from "./refusal.ts";
import { readAlerts, readSilence } from "./requests.ts";
import { shownAlert, shownMetrics, shownSilence, type Counts } from "./shapes.ts";
import { stateOf, type SilenceBook } from "./silence-book.ts";

export interface ApiNeeds {
  readonly clock: Clock;
  readonly alerts: AlertBook;
  readonly silences: SilenceBook;
  readonly dispatcher: Dispatcher;
  readonly counts: () => Counts;
  readonly startedAt: number;
}

export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
}

/** A string is sent as it is, anything else as JSON; `undefined`: an empty body. */
export interface ApiAnswer {
  readonly status: number;
  readonly text?: string;
  readonly json?: unknown;
}

type Route = (request: ApiRequest, needs: ApiNeeds, id: string) => ApiAnswer;

const done: ApiAnswer = { status: 200 };

const routes: Readonly<Record<string, Readonly<Record<string, Route>>>> = {
  "/api/v2/status": { GET: status },
  "/api/v2/receivers": { GET: receivers },
  "/api/v2/alerts": { GET: listAlerts, POST: postAlerts },
  "/api/v2/alerts/groups": { GET: listGroups },
  "/api/v2/silences": { GET: listSilences, POST: postSilence },
  "/api/v2/silence/": { GET: getSilence, DELETE: deleteSilence },
  "/metrics": { GET: metrics },
  "/-/ready": { GET: () => ({ status: 200, text: "OK" }) },
  "/-/healthy": { GET: () => ({ status: 200, text: "OK" }) },
};

export function answerTo(request: ApiRequest, needs: ApiNeeds): ApiAnswer {
  const [, silence] = /^\/api\/v2\/silence\/([^/]+)$/u.exec(request.path) ?? [];
  const methods = routes[silence === undefined ? request.path : "/api/v2/silence/"];
  try {
    if (methods === undefined) return notFound(request.path);
    const route = methods[request.method];
    const allowed = Object.keys(methods).join(",");
    if (route === undefined) throw new Refusal(405, `method ${request.method} is not allowed, but [${allowed}] are`, 405);
    return route(request, needs, silence === undefined ? "" : uuid(decodeURIComponent(silence)));
  } catch (error) {
    if (error instanceof Refusal) return { status: error.status, json: error.body };
    throw error;
  }
}

const notFound = (path: string): ApiAnswer =>
  path.startsWith("/api/v2/") ? { status: 404, json: { code: 404, message: `path ${path} was not found` } } : { status: 404, text: "404 page not found\n" };

function uuid(id: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iu.test(id)) return id;
  throw new Refusal(422, `silenceID in path must be of type uuid: ${JSON.stringify(id)}`, 601);
}

function status(_request: ApiRequest, { startedAt }: ApiNeeds): ApiAnswer {
  const versionInfo = { version: "0.25.0", branch: "embedded", buildDate: "", buildUser: "", goVersion: "", revision: "" };
  return {
    status: 200,
    json: { cluster: { peers: [], status: "disabled" }, config: { original: "" }, uptime: new Date(startedAt).toISOString(), versionInfo },
  };
}

function receivers(_request: ApiRequest, { dispatcher }: ApiNeeds): ApiAnswer {
  return { status: 200, json: dispatcher.receivers.map((name) => ({ name })) };
}

/** What is wrong with one alert does not keep the others out. */
function postAlerts({ body }: ApiRequest, { alerts, dispatcher, clock }: ApiNeeds): ApiAnswer {
  const refusals: Refusal[] = [];
  for (const posted of readAlerts(body)) {
    try {
      dispatcher.dispatch(alerts.take(posted, clock.now()));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      refusals.push(error);
    }
  }
  const [first] = refusals;
  if (first === undefined) return done;
  return { status: first.status, json: refusals.map((each) => each.message).join("; ") };
}

const filtersOf = (query: URLSearchParams): readonly Matcher[] => query.getAll("filter").map(parseFilter);

/** Which alerts are wanted, and how each is shown. */
function chooser(query: URLSearchParams, { silences, dispatcher, clock }: ApiNeeds): (alerts: readonly KnownAlert[]) => readonly object[] {
  const now = clock.now();
  const filters = filtersOf(query);
  const wants = (name: string): boolean => query.get(name) !== "false";
  const receiver = query.get("receiver");
  const pattern = receiver === null ? undefined : new RegExp(`^(?:${receiver})$`, "u");
  return (alerts) =>
    alerts.flatMap((alert) => {
      const names = dispatcher.receiversOf(alert.labels);
      if (hasEnded(alert, now) || !matchesAll(alert.labels, filters) || (pattern !== undefined && !names.some((name) => pattern.test(name)))) return [];
      const silencedBy = silences.muting(alert.labels, now);
      return wants(silencedBy.length > 0 ? "silenced" : "active") ? [shownAlert(alert, names, silencedBy)] : [];
    });
}

function listAlerts({ query }: ApiRequest, needs: ApiNeeds): ApiAnswer {
  return { status: 200, json: chooser(query, needs)(needs.alerts.firing(needs.clock.now())) };
}

function listGroups({ query }: ApiRequest, needs: ApiNeeds): ApiAnswer {
  const choose = chooser(query, needs);
  const groups = needs.dispatcher.groups().toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const shown = groups.map((group) => ({ alerts: choose(group.alerts()), labels: group.labels, receiver: { name: group.receiver.name } }));
  return { status: 200, json: shown.filter((group) => group.alerts.length > 0) };
}

function listSilences({ query }: ApiRequest, { silences, clock }: ApiNeeds): ApiAnswer {
  const filters = filtersOf(query);
  // A filter is held against the values of the silence's own matchers.
  const wanted = silences.list(clock.now()).filter(({ matchers }) => matchesAll(Object.fromEntries(matchers.map(({ name, value }) => [name, value])), filters));
  return { status: 200, json: wanted.map((silence) => shownSilence(silence, clock.now())) };
}

function postSilence({ body }: ApiRequest, { silences, clock }: ApiNeeds): ApiAnswer {
  return { status: 200, json: { silenceID: silences.set(readSilence(body), clock.now()) } };
}

function getSilence(_request: ApiRequest, { silences, clock }: ApiNeeds, id: string): ApiAnswer {
  const silence = silences.get(id);
  return silence === undefined ? { status: 404 } : { status: 200, json: shownSilence(silence, clock.now()) };
}

function deleteSilence(_request: ApiRequest, { silences, clock }: ApiNeeds, id: string): ApiAnswer {
  silences.expire(id, clock.now());
  return done;
}

function metrics(_request: ApiRequest, { alerts, silences, clock, counts }: ApiNeeds): ApiAnswer {
  const now = clock.now();
  const firing = alerts.firing(now);
  const suppressed = firing.filter((alert) => silences.muting(alert.labels, now).length > 0).length;
  const bySilence = { active: 0, expired: 0, pending: 0 };
  for (const silence of silences.list(now)) bySilence[stateOf(silence, now)] += 1;
  return { status: 200, text: shownMetrics(counts(), { active: firing.length - suppressed, suppressed }, bySilence) };
}
