import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
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
          testTimeout: 900_000,
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
      // Without a Kubernetes of their own: they may run beside the others.
      {
        test: {
          name: "real-contracts",
          include: ["test/contract/**/*.real.test.ts"],
          testTimeout: 900_000,
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
