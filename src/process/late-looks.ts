/** Looking at backups, loaded when somebody looks for the first time. */
import type { BackupLookNeeds, Looks } from "./backups.ts";

export function lateLooks(needs: BackupLookNeeds): Looks {
  const load = async (): Promise<Looks> => (await import("./backups.ts")).prepareLooks(needs);
  let loading: Promise<Looks> | undefined;
  const looks = (): Promise<Looks> => (loading ??= load());
  return {
    look: async (signal) => (await looks()).look(signal),
    facts: async (signal) => (await looks()).facts(signal),
  };
}
