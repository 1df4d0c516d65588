import { encryptedScenarios } from "./encrypted.ts";
import { embeddedBed } from "./open-bed.ts";

encryptedScenarios(embeddedBed());
