import { describe, expect, it } from "vitest";
import { refused } from "./channels/channel.ts";
import { aFinding, quiet, resolved } from "./test-support/a-finding.ts";
import { aChannel, saidBy, startTelling } from "./test-support/telling-scene.ts";

const minuteMs = 60_000;
const worn = aFinding();
const loop = aFinding({ rule: "reboot-loop", subject: { kind: "node", id: "" }, severity: "medium" });
const stopped = aFinding({ rule: "k3s-not-running", subject: { kind: "k3s", id: "" }, suppressedBy: loop.id });

describe("what is gathered", () => {
  it("is told though its node fell silent meanwhile", async () => {
    await using scene = await startTelling();
    scene.findings.put(worn);
    await scene.clock.advance(10_000);
    scene.findings.put({ ...worn, isHeld: true });
    await scene.clock.advance(minuteMs);

    expect(saidBy(scene.arrived)).toEqual([["firing neko disk-worn"]]);
  });

  it("is told after the service refused it, though its node fell silent meanwhile", async () => {
    await using scene = await startTelling();
    scene.outcome = refused("it answered 401");
    scene.findings.put(worn);
    await scene.clock.advance(minuteMs);
    scene.findings.put({ ...worn, isHeld: true });
    scene.outcome = { kind: "delivered" };
    await scene.clock.advance(20 * minuteMs);

    expect(saidBy(scene.arrived)).toEqual([["firing neko disk-worn"]]);
  });

  it("is not told when it became a consequence, or is over, before the time was up", async () => {
    await using scene = await startTelling();
    scene.findings.put(worn);
    scene.findings.put(aFinding({ node: "panther" }));
    await scene.clock.advance(10_000);
    scene.findings.put({ ...worn, suppressedBy: "node-not-reporting:neko:node:1" });
    scene.findings.put(resolved(aFinding({ node: "panther" })));
    await scene.clock.advance(minuteMs);

    expect(scene.arrived).toEqual([]);
  });

  it("ends as loud as it was told, since alerts are known by that", async () => {
    await using scene = await startTelling();
    scene.findings.put(worn);
    await scene.clock.advance(minuteMs);
    scene.findings.put({ ...worn, severity: "medium" });
    scene.findings.put(resolved({ ...worn, severity: "medium" }));
    await scene.clock.advance(minuteMs);

    expect(scene.arrived[1]?.items).toMatchObject([{ telling: "resolved", finding: { severity: "high" } }]);
  });
});

describe("a critical consequence", () => {
  it.each([
    ["that is quieter than it and told to nobody", loop, [["firing neko k3s-not-running"]]],
    ["that is quieter than it and known to somebody", quiet(loop), [["firing neko k3s-not-running"]]],
    ["that is as loud and told itself", { ...loop, severity: "high" }, [["firing neko reboot-loop"]]],
    ["that is as loud and known to somebody", quiet({ ...loop, severity: "high" }), []],
  ] as const)("of a cause %s", async (_, cause, said) => {
    await using scene = await startTelling();
    scene.findings.put(cause);
    scene.findings.put(stopped);
    await scene.clock.advance(minuteMs);

    expect(saidBy(scene.arrived)).toEqual(said);
  });

  it("of a cause that this channel tells is told with that", async () => {
    await using scene = await startTelling({ channels: [aChannel({ severities: ["medium", "high"] })] });
    scene.findings.put(loop);
    scene.findings.put(stopped);
    await scene.clock.advance(minuteMs);

    expect(saidBy(scene.arrived)).toEqual([["firing neko reboot-loop"]]);
  });

  it("of a cause that grew quiet before anybody heard of it is told", async () => {
    await using scene = await startTelling();
    scene.findings.put({ ...loop, severity: "high" });
    scene.findings.put(stopped);
    await scene.clock.advance(10_000);
    scene.findings.put(loop);
    await scene.clock.advance(minuteMs);

    expect(saidBy(scene.arrived)).toEqual([["firing neko k3s-not-running"]]);
  });

  it("of a cause that was told and grew quiet is not news", async () => {
    await using scene = await startTelling();
    scene.findings.put({ ...loop, severity: "high" });
    await scene.clock.advance(minuteMs);
    scene.findings.put(loop);
    scene.findings.put(stopped);
    await scene.clock.advance(minuteMs);

    expect(saidBy(scene.arrived)).toEqual([["firing neko reboot-loop"]]);
  });
});
