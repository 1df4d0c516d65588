import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts", "test/contract/**/*.test.ts"], exclude: ["test/contract/**/*.real.test.ts"] } },
      { test: { name: "scenarios", include: ["test/scenarios/**/*.embedded.test.ts"], testTimeout: 120_000, hookTimeout: 60_000 } },
      {
        test: {
          name: "real",
          include: ["test/scenarios/**/*.real.test.ts", "test/contract/**/*.real.test.ts"],
          testTimeout: 900_000,
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
