/** Cron expressions are read by the library that will follow them; it is loaded only where there is something to look at by the clock. */
import { loadCron } from "../schedule/cron.ts";
import { showFound } from "./found.ts";
import type { LoadedConfig } from "./load.ts";
import type { Mistake } from "./mistake.ts";
import { showPath } from "./path.ts";

export async function checkCrons({ config, lineOf }: LoadedConfig): Promise<readonly Mistake[]> {
  if (config.clusters.length === 0) return [];
  const read = await loadCron();
  return config.schedules.times.flatMap(({ name, cron }) => {
    const reading = read(cron);
    const path = ["schedules", name, "cron"];
    if (reading.ok) return [];
    return [
      {
        path: showPath(path),
        line: lineOf(path),
        found: showFound(cron, path, true),
        allowed: `a cron expression such as 0 9 * * *; this one: ${reading.why}`,
      },
    ];
  });
}
