/** Host trees that are kept in the repository, each with the report that all probes make of it. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openHost } from "../../agent/src/doctor.ts";
import { systemClock } from "../../packages/shared/src/index.ts";
import { reportOf } from "../support/report.ts";

const folder = join(import.meta.dirname, "../fixtures/hosts");
const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, ".nodekeeper/recording.json")));
const isUpdate = process.env["NODEKEEPER_UPDATE_GOLDEN"] === "1";

describe("kept host trees", () => {
  it("are there", () => expect(names).toContain("bobcat"));

  it.each(names)("%s gives the report that is expected", async (name) => {
    const path = join(folder, name, "expected-report.json");

    const report = await reportOf(await openHost(join(folder, name), systemClock));

    if (isUpdate) writeFileSync(path, `${JSON.stringify(report, undefined, 2)}\n`);
    expect(report).toEqual(JSON.parse(readFileSync(path, "utf8")));
  });
});
