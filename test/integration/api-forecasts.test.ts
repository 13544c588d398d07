/** The forecasts over a real socket: what they answer, what they ask of the store, and what they refuse. */
import { AppError } from "@nodekeeper/shared";
import { ForecastList, type Problem } from "@nodekeeper/shared/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ApiHarness, startApi } from "../../collector/src/api/test-support/api-harness.ts";
import { expectBody } from "../../collector/src/api/test-support/expect-body.ts";
import { Machine } from "../../collector/src/api/test-support/machine.ts";
import { diskReadings, smartReadings } from "../../collector/src/api/test-support/readings.ts";

let api: ApiHarness;

beforeEach(async () => {
  api = await startApi();
  const neko = new Machine("neko", ["disks", "smart"]);
  const nowMs = Date.now();
  for (const event of [
    neko.connect(nowMs),
    neko.observe("disks", diskReadings(), nowMs),
    neko.observe("smart", smartReadings(), nowMs),
  ]) {
    api.state.apply(event);
  }
});

afterEach(() => api[Symbol.asyncDispose]());

describe("GET /api/v1/nodes/{name}/forecasts", () => {
  it("answers in the form that it promises, of disks and of filesystems that can be written here", async () => {
    const { node, forecasts } = expectBody(ForecastList, await api.get("/api/v1/nodes/neko/forecasts"));

    expect(node).toBe("neko");
    expect(new Set(forecasts.filter(({ kind }) => kind === "filesystem").map(({ id }) => id))).toEqual(new Set(["/", "/data"]));
    expect(forecasts.filter(({ what }) => what === "wear")).toEqual([expect.objectContaining({ now: 3, outcome: "unknown" })]);
  });

  it("looks back a year for wear and 90 days for filesystems", async () => {
    await api.get("/api/v1/nodes/neko/forecasts");

    const days = api.store.requests.map(({ kind, fromMs, toMs }) => [kind, (toMs - fromMs) / 86_400_000]);
    expect(days).toEqual([
      ["disk_health", 365],
      ["filesystem", 90],
    ]);
  });

  it("names the node that was probably meant, and says when the database cannot be read", async () => {
    const unknown = await api.get("/api/v1/nodes/nekoo/forecasts");
    api.store.failure = new AppError("STORE_FAILED", "the database cannot be read: disk I/O error");
    const broken = await api.get("/api/v1/nodes/neko/forecasts");

    expect([unknown.status, broken.status]).toEqual([404, 503]);
    expect((JSON.parse(unknown.text) as Problem).detail).toContain('did you mean "neko"?');
  });
});
