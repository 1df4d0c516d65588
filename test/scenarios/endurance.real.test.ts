import { outageMs } from "./borrowed-homeserver.ts";
import { enduranceScenarios, killScenarios } from "./endurance.ts";
import { synapseBed } from "./synapse-bed.ts";

const bed = synapseBed({ backlog: { messages: 5000, commands: 20 }, kills: { times: 200, commands: 300 }, outageMs });
enduranceScenarios(bed);
killScenarios(bed);
