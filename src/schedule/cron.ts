/** Cron expressions, read by node-cron, which is loaded only when there is a schedule. */

/** The times of a day that an expression names, and the days. */
export interface CronTimes {
  /** In order, none twice. */
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** It names all hours: it means so much time between two runs, not a time of the day. */
  readonly everyHour: boolean;
  /** @param midnight of a local day, written as if it were UTC */
  readonly onDay: (midnight: number) => boolean;
}

export type CronReading = { readonly ok: true; readonly times: CronTimes } | { readonly ok: false; readonly why: string };

/** Reads an expression of five fields, six with seconds in front, or `@daily` and the like; says in words what is wrong with it. */
export type CronReader = (expression: string) => CronReading;

const longest = 200;
const mostReadings = 200;
const mostDays = 4000;

export async function loadCron(): Promise<CronReader> {
  const { createTask, validateDetailed } = await import("node-cron");
  return (expression) => {
    if (expression.length > longest) return { ok: false, why: `longer than ${longest} characters` };
    const { fields, errors } = validateDetailed(expression);
    if (fields === undefined || errors.length > 0) return { ok: false, why: errors.map((each) => each.message).join("; ") || "not understood" };
    const { second, minute, hour, dayOfMonth, dayOfWeek } = fields;
    // node-cron wants both to hold, crontab (and Kubernetes) one of them: whoever writes both means one or the other, and would not notice for weeks.
    if (dayOfMonth.length < 31 && dayOfWeek.length < 7)
      return { ok: false, why: "names days of the month and days of the week: name one of them (the first Monday is 1#1, the last Friday 5L)" };
    const seconds = inOrder(second);
    const minutes = inOrder(minute);
    const hours = inOrder(hour);
    const first = (((hours[0] ?? 0) * 60 + (minutes[0] ?? 0)) * 60 + (seconds[0] ?? 0)) * 1000;
    // Never started: it answers which days an expression means, L, W and # included.
    const task = createTask(expression, () => undefined, { timezone: "UTC" });
    void task.destroy();
    const onDay = remembered((midnight) => task.match(new Date(midnight + first)));
    return { ok: true, times: { seconds, minutes, hours, everyHour: hours.length === 24, onDay } };
  };
}

/** Each look asks for the same days again. */
function remembered(find: (midnight: number) => boolean): (midnight: number) => boolean {
  const answers = new Map<number, boolean>();
  return (midnight) => {
    const known = answers.get(midnight);
    if (known !== undefined) return known;
    const answer = find(midnight);
    if (answers.size >= mostDays) answers.clear();
    answers.set(midnight, answer);
    return answer;
  };
}

const inOrder = (values: readonly number[]): readonly number[] => [...new Set(values)].toSorted((a, b) => a - b);

/** node-cron is loaded when the first expression is read; each is read once. */
export function cronReadings(): (expression: string) => Promise<CronReading> {
  const readings = new Map<string, CronReading>();
  let loading: Promise<CronReader> | undefined;
  return async (expression) => {
    const known = readings.get(expression);
    if (known !== undefined) return known;
    loading ??= loadCron();
    const reading = (await loading)(expression);
    if (readings.size >= mostReadings) readings.clear();
    readings.set(expression, reading);
    return reading;
  };
}
