/** The whole configuration file. Every key has a description: the documentation and the editors' schema are made from it. */
import * as z from "zod";
import type { AlertsConfig } from "../alerts.ts";
import type { BackupSettings } from "../../backups/settings.ts";
import type { ScheduleSettings } from "../schedules.ts";
import { alertsSchema } from "./alerts.ts";
import { backupsSchema } from "./backups.ts";
import { clustersSchema, homeserversSchema } from "./fleet.ts";
import { matrixSchema, roomsSchema } from "./matrix.ts";
import { adminSchema, deadlinesSchema, logSchema, retentionSchema, storeSchema, thresholdsSchema, timeZoneSchema } from "./process.ts";

import { schedulesSchema } from "./schedules.ts";

export const configSchema = z
  .strictObject({
    matrix: matrixSchema,
    rooms: roomsSchema,
    timeZone: timeZoneSchema,
    store: storeSchema,
    clusters: clustersSchema,
    homeservers: homeserversSchema,
    alerts: alertsSchema.optional(),
    backups: backupsSchema,
    schedules: schedulesSchema,
    thresholds: thresholdsSchema,
    deadlines: deadlinesSchema,
    retention: retentionSchema,
    admin: adminSchema,
    log: logSchema,
  })
  .describe("Configuration of Opsroom.");

/** What the rest of Opsroom gets: parsed, with every default filled in, and without any secret. */
export type Config = Omit<z.output<typeof configSchema>, "alerts" | "backups" | "schedules"> & {
  /** `undefined`: no alerts are taken. */
  readonly alerts: AlertsConfig | undefined;
  readonly backups: BackupSettings;
  readonly schedules: ScheduleSettings;
};
