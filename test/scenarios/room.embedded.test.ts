import { clusterScenarios } from "./cluster-trouble.ts";
import { conversationScenarios } from "./conversation.ts";
import { enduranceScenarios, killScenarios } from "./endurance.ts";
import { embeddedBed } from "./open-bed.ts";
import { processScenarios } from "./process.ts";

const bed = embeddedBed();
conversationScenarios(bed);
clusterScenarios(bed);
processScenarios(bed);
enduranceScenarios(bed);
killScenarios(bed);
