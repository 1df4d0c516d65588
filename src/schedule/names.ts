/** The schedules there are, and when each is due unless the configuration says otherwise. */

export const scheduleNames = ["backup-check", "backup-daily", "backup-drill", "memory-watch", "certificates"] as const;
export type ScheduleName = (typeof scheduleNames)[number];

export const defaultCrons: Readonly<Record<ScheduleName, { readonly cron: string; readonly enabled: boolean }>> = {
  "backup-check": { cron: "*/15 * * * *", enabled: true },
  "backup-daily": { cron: "0 9 * * *", enabled: true },
  // It costs memory and takes a while: somebody decides that it is wanted.
  "backup-drill": { cron: "0 4 * * 0", enabled: false },
  "memory-watch": { cron: "* * * * *", enabled: true },
  certificates: { cron: "0 8 * * *", enabled: true },
};
