import { encryptedScenarios } from "./encrypted.ts";
import { synapseBed } from "./synapse-bed.ts";

encryptedScenarios(synapseBed({ backlog: { messages: 1000, commands: 20 }, kills: { times: 90, commands: 270 }, outageMs: 10_000 }), { kills: true });
