import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** What wants no Kubernetes of its own. */
const alone = ["test/contract/**/*.real.test.ts", "test/scenarios/{alerts,encrypted,endurance}.real.test.ts"];

export default defineConfig({
  test: {
    // The scenarios wait more than they compute: two at a time also where there are two processors.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts", "test/contract/**/*.test.ts"],
          exclude: ["test/contract/**/*.real.test.ts"],
          testTimeout: 30_000,
        },
      },
      { test: { name: "scenarios", include: ["test/scenarios/**/*.embedded.test.ts"], testTimeout: 120_000, hookTimeout: 60_000 } },
      {
        test: {
          name: "real",
          include: ["test/scenarios/**/*.real.test.ts"],
          exclude: alone,
          testTimeout: 900_000,
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
      // Two at a time: each has a homeserver of its own.
      {
        test: {
          name: "real-beside",
          include: alone,
          testTimeout: 900_000,
          hookTimeout: 900_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
