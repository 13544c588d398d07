import { readdirSync } from "node:fs";
import { OnboardingStepName } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { steps } from "./index.ts";

describe("the steps", () => {
  it("are those of the API in their order, and those of this folder", () => {
    const names = steps.map(({ name }) => name);
    const files = readdirSync(import.meta.dirname).filter((file) => !/\.test\.ts$|^index\.ts$/.test(file));

    expect(names).toEqual(OnboardingStepName.enum);
    expect(names.map((name) => `${name}.ts`).toSorted()).toEqual(files.toSorted());
    expect(steps.flatMap(({ name, isSkippable }) => (isSkippable ? [] : [name]))).toEqual([
      "seen",
      "connected",
      "identity",
      "ready",
    ]);
  });
});
