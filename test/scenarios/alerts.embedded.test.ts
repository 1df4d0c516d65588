import { alertScenarios } from "./alerts.ts";
import { embeddedBed } from "./open-bed.ts";
import { silenceScenarios } from "./silences.ts";

const bed = embeddedBed();
alertScenarios(bed);
silenceScenarios(bed);
