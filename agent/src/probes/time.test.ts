import { AppError, type ErrorCode } from "@nodekeeper/shared";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseChronyTracking } from "./support/time/chrony-tracking.ts";
import { factsAt, runToPayload, samplesAt } from "./test-support/payload-view.ts";
import { denied, type TreeEntry, TreeHost } from "./test-support/tree-host.ts";
import { time } from "./time.ts";

const clockSource = "tsc";
const sourceFile = "/sys/devices/system/clocksource/clocksource0/current_clocksource";
const chronyd = { "/run/chrony/chronyd.pid": "42\n" };
const question = "chronyc -n -c -h 127.0.0.1,::1,/run/chrony/chronyd.sock tracking";

/** Printed by chronyc 4.3 of a chronyd without control of the clock, which `chronyc tracking` called "4.666204453 seconds slow of NTP time". */
const slow =
  "7F000001,127.0.0.1,9,1795388222.723824506,4.666204453,0.000000118,0.000000392,-0.037,0.004,0.343,0.000007546,0.000001723,1.0,Normal\n";
/** The same before the first answer. */
const waiting =
  "00000000,,0,0.000000000,0.000000000,0.000000000,0.000000000,0.000,0.000,0.000,1.000000000,1.000000000,0.0,Not synchronised\n";
/** The same with only `local stratum 5`. */
const local =
  "7F7F0101,,5,1795388160.121647771,0.000000000,0.000000000,0.000000000,0.000,0.000,0.000,0.000000000,0.000000000,0.0,Normal\n";

function machine(files: Readonly<Record<string, TreeEntry>>): TreeHost {
  return new TreeHost({ [sourceFile]: "tsc\n", "/run/utmp": "", ...files });
}

function withChrony(answer: string | AppError, exitCode = 0): TreeHost {
  const host = machine(chronyd);
  host.programs.set("chronyc", async () => {
    if (answer instanceof AppError) throw answer;
    return { exitCode, stdout: answer, stderr: "" };
  });
  return host;
}

describe("time, by files", () => {
  it.each([
    {
      state: "in step by systemd-timesyncd",
      files: { "/run/systemd/timesync/synchronized": "" },
      expected: { service: "systemd-timesyncd", isSynchronized: true },
    },
    {
      state: "not in step yet",
      files: { "/run/systemd/timesync/clock": "" },
      expected: { service: "systemd-timesyncd", isSynchronized: false },
    },
    { state: "kept by chrony, without chronyc", files: chronyd, expected: { service: "chrony" } },
    {
      state: "kept by chrony, who lets nobody look",
      files: { "/run/chrony/chronyd.pid": denied("/run/chrony/chronyd.pid") },
      expected: { service: "chrony" },
    },
    { state: "kept by nobody since chrony was stopped", files: { "/run/chrony/drift": "" }, expected: {} },
    { state: "kept by ntpd", files: { "/run/ntpd.pid": "42\n" }, expected: { service: "ntp" } },
    { state: "kept by nobody", files: {}, expected: {} },
  ])("tells a clock that is $state", async ({ files, expected }) => {
    expect(factsAt(await runToPayload(time, machine(files)), "time_sync")).toEqual({ ...expected, clockSource });
  });

  it.each(["/run/systemd/timesync", sourceFile])("fails where it may not look at %s", async (path) => {
    expect(factsAt(await runToPayload(time, machine({ [path]: denied(path) })), "time_sync")).toMatch(/^HOST_PERMISSION_DENIED/);
  });

  it("asks nobody where no chronyd runs", async () => {
    const host = machine({ "/run/systemd/timesync/synchronized": "", "/run/chrony/drift": "" });

    await runToPayload(time, host);

    expect(host.calls).toEqual([]);
  });
});

describe("time, by chronyc", () => {
  it("tells what chronyd follows, and that a slow clock is behind", async () => {
    const host = withChrony(slow);

    const payload = await runToPayload(time, host);

    expect(host.calls).toEqual([question]);
    expect(factsAt(payload, "time_sync")).toEqual({
      service: "chrony",
      isSynchronized: true,
      reference: "127.0.0.1",
      stratumNumber: 9,
      clockSource,
    });
    expect(samplesAt(payload, "time_sync")).toEqual({ offset_seconds: -4.666204453 });
  });

  it.each([
    ["nothing yet", waiting],
    ["only itself", local],
  ])("is not in step, by an unknown offset, when chronyd follows %s", async (_, answer) => {
    const payload = await runToPayload(time, withChrony(answer));

    expect(factsAt(payload, "time_sync")).toEqual({ service: "chrony", isSynchronized: false, clockSource });
    expect(samplesAt(payload, "time_sync")).toEqual({ offset_seconds: undefined });
  });

  it("tells a reference clock by its name", async () => {
    const answer = slow.replace("7F000001,127.0.0.1,9", "50505300,PPS,1").replace(",4.666204453,", ",-0.000000012,");

    const payload = await runToPayload(time, withChrony(answer));

    expect(factsAt(payload, "time_sync")).toMatchObject({ reference: "PPS", stratumNumber: 1 });
    expect(samplesAt(payload, "time_sync")).toEqual({ offset_seconds: 0.000000012 });
  });

  it("fails when chronyd runs and does not answer", async () => {
    const payload = await runToPayload(time, withChrony("506 Cannot talk to daemon\n", 1));

    expect(factsAt(payload, "time_sync")).toBe(
      "HOST_COMMAND_FAILED: chronyd runs, but chronyc got no answer from it: 506 Cannot talk to daemon",
    );
  });

  it("says that nobody keeps the clock when chronyd can neither be seen nor heard", async () => {
    const host = withChrony("506 Cannot talk to daemon\n", 1);
    host.entries.set("/run/chrony/chronyd.pid", denied("/run/chrony/chronyd.pid"));

    expect(factsAt(await runToPayload(time, host), "time_sync")).toEqual({ clockSource });
  });

  it.each<ErrorCode>(["HOST_COMMAND_TIMEOUT", "HOST_QUARANTINED", "HOST_PERMISSION_DENIED"])("fails with %s", async (code) => {
    const payload = await runToPayload(time, withChrony(new AppError(code, "cannot run chronyc")));

    expect(factsAt(payload, "time_sync")).toBe(`${code}: cannot run chronyc`);
  });

  it.each(["", "506 Cannot talk to daemon\n", slow.slice(0, 40), slow.replace("Normal", "Odd"), slow.replace(",9,", ",99,")])(
    "fails on %j",
    async (answer) => {
      expect(factsAt(await runToPayload(time, withChrony(answer)), "time_sync")).toMatch(
        /^HOST_ANSWER_MALFORMED: chronyc tracking: /,
      );
    },
  );

  it("gives values in their range, or fails clearly, whatever is printed", () => {
    const damaged = fc
      .tuple(fc.constantFrom(slow, waiting, local), fc.nat(140), fc.nat(9), fc.string({ maxLength: 9 }))
      .map(([text, at, length, put]) => text.slice(0, at) + put + text.slice(at + length));

    fc.assert(
      fc.property(fc.oneof(damaged, fc.string()), (stdout) => {
        try {
          const { stratumNumber = 0, offsetSeconds = 0, reference } = parseChronyTracking({ exitCode: 0, stdout, stderr: "" });
          expect(Number.isInteger(stratumNumber) && stratumNumber >= 0 && stratumNumber <= 16).toBe(true);
          expect(Number.isFinite(offsetSeconds)).toBe(true);
          expect(Buffer.byteLength(reference)).toBeLessThanOrEqual(256);
        } catch (thrown) {
          expect(AppError.from(thrown).code).toBe("HOST_ANSWER_MALFORMED");
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
