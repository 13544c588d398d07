import { AppError } from "@nodekeeper/shared";
import { settle } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { postponed, refused } from "./channels/channel.ts";
import { aFinding, quiet, resolved } from "./test-support/a-finding.ts";
import { aChannel, saidBy, startTelling } from "./test-support/telling-scene.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const worn = aFinding();

describe("telling", () => {
  it("says what comes within half a minute in one notice, and its end in another", async () => {
    await using scene = await startTelling();
    scene.findings.put(worn);
    await scene.clock.advance(20_000);
    scene.findings.put(aFinding({ node: "panther" }));
    await scene.clock.advance(9_000);
    expect(scene.arrived).toEqual([]);
    await scene.clock.advance(1_000);
    expect(saidBy(scene.arrived)).toEqual([["firing neko disk-worn", "firing panther disk-worn"]]);

    scene.findings.put(resolved(worn));
    await scene.clock.advance(minuteMs);
    expect(saidBy(scene.arrived.slice(1))).toEqual([["resolved neko disk-worn"]]);
    expect(scene.notifications.overview().channels).toMatchObject([
      { name: "phone", state: "ok", waiting: 0, deliveredCount: 2 },
    ]);
  });

  it("says nothing of what comes and goes within half a minute", async () => {
    await using scene = await startTelling();
    scene.findings.put(worn);
    await scene.clock.advance(20_000);
    scene.findings.put(resolved(worn));
    await scene.clock.advance(hourMs);

    expect(scene.arrived).toEqual([]);
  });

  it("gives advice once, gathered", async () => {
    await using scene = await startTelling();
    for (const node of ["neko", "panther", "bobcat"]) scene.findings.put(aFinding({ node, severity: "low" }));
    await scene.clock.advance(14 * minuteMs);
    expect(scene.arrived).toEqual([]);
    await scene.clock.advance(minuteMs);
    expect(saidBy(scene.arrived)).toEqual([["advice neko disk-worn", "advice panther disk-worn", "advice bobcat disk-worn"]]);

    const other = aFinding({ id: "another", severity: "low" });
    scene.findings.put(resolved(aFinding({ severity: "low" })));
    scene.findings.put(other);
    await scene.restart();
    scene.findings.put(other);
    await scene.clock.advance(7 * 24 * hourMs);
    expect(scene.arrived).toHaveLength(1);
  });

  it("tells nothing anew after a restart, and what it has not told yet when it is sure of it", async () => {
    await using scene = await startTelling();
    scene.findings.put(worn);
    await scene.clock.advance(minuteMs);
    const late = aFinding({ node: "panther" });
    scene.findings.put(late);
    await scene.restart();
    await scene.clock.advance(hourMs);
    expect(saidBy(scene.arrived)).toEqual([["firing neko disk-worn"]]);

    for (const finding of [worn, late]) scene.findings.put(finding);
    await scene.clock.advance(minuteMs);
    expect(saidBy(scene.arrived.slice(1))).toEqual([["firing panther disk-worn"]]);
  });

  it("tells the end of what was over when the collector came back", async () => {
    await using scene = await startTelling();
    scene.findings.put(worn);
    await scene.clock.advance(minuteMs);
    await scene.stop();
    scene.findings.put(resolved(worn));
    await scene.restart();
    await scene.clock.advance(minuteMs);

    expect(saidBy(scene.arrived.slice(1))).toEqual([["resolved neko disk-worn"]]);
  });

  it("remembers what was told while nobody is to be told anything", async () => {
    await using scene = await startTelling();
    scene.findings.put(worn);
    await scene.clock.advance(minuteMs);
    await scene.stop();
    scene.configure({ channels: [] });
    await scene.restart();
    await scene.stop();
    scene.configure({ channels: [aChannel()] });
    await scene.restart();
    scene.findings.put(worn);
    await scene.clock.advance(hourMs);

    expect(saidBy(scene.arrived)).toEqual([["firing neko disk-worn"]]);
  });

  it("says once that something comes and goes, and is then silent until it is calm", async () => {
    await using scene = await startTelling();
    for (let time = 0; time < 20; time++) {
      const finding = aFinding({ id: `time ${time}` });
      scene.findings.put(finding);
      await scene.clock.advance(3 * minuteMs);
      scene.findings.put(resolved(finding));
      await scene.clock.advance(3 * minuteMs);
    }
    const tellings = scene.arrived.flatMap(({ items }) => items.map(({ telling }) => telling));
    expect(tellings).toEqual(["firing", "resolved", "firing", "resolved", "firing", "resolved", "flapping"]);
    await scene.clock.advance(2 * hourMs);
    expect(saidBy(scene.arrived).at(-1)).toEqual(["resolved neko disk-worn"]);
    expect(scene.arrived).toHaveLength(8);
  });

  it("tells people although the store takes nothing, says so, and writes it as soon as it can", async () => {
    await using scene = await startTelling();
    scene.store.fail(new AppError("STORE_FULL", "the disk is full"));
    scene.findings.put(worn);
    await scene.clock.advance(2 * minuteMs);
    expect(saidBy(scene.arrived)).toEqual([["firing neko disk-worn"]]);
    expect(scene.notifications.problems()).toEqual([expect.stringContaining("the disk is full")]);

    scene.store.fail(undefined);
    await scene.clock.advance(2 * minuteMs);
    expect(scene.notifications.problems()).toEqual([]);
    await scene.restart();
    scene.findings.put(worn);
    await scene.clock.advance(hourMs);
    expect(scene.arrived).toHaveLength(1);
  });

  it("repeats after a crash only what was under way, under its own id", async () => {
    await using scene = await startTelling();
    scene.outcome = postponed("away");
    scene.findings.put(worn);
    await scene.clock.advance(minuteMs);
    scene.store.fail(new AppError("STORE_FAILED", "killed"));
    scene.outcome = { kind: "delivered" };
    await scene.clock.advance(10 * minuteMs);
    await scene.stop();
    scene.store.fail(undefined);
    await scene.restart();
    scene.findings.put(worn);
    await scene.clock.advance(hourMs);

    expect(scene.arrived).toHaveLength(2);
    expect(scene.arrived[0]?.id).toBe(scene.arrived[1]?.id);
  });

  it("tells a channel that is new what is so already, and forgets one that is gone with what waited for it", async () => {
    await using scene = await startTelling();
    scene.findings.put(worn);
    await scene.clock.advance(minuteMs);
    scene.configure({ channels: [aChannel(), aChannel({ name: "mail" })] });
    await scene.clock.advance(minuteMs);
    expect(scene.arrived.map(({ channel }) => channel)).toEqual(["phone", "mail"]);

    scene.configure({ channels: [aChannel({ name: "mail" })] });
    await settle();
    expect([...(scene.store.documentsByKind.get("told")?.keys() ?? [])]).toEqual([expect.stringMatching(/^mail\//)]);
    expect(scene.notifications.overview().channels.map(({ name }) => name)).toEqual(["mail"]);
  });

  it("says nothing of what is quiet, and the end of what was told", async () => {
    await using scene = await startTelling();
    scene.findings.put(worn);
    scene.findings.put(quiet(aFinding({ node: "panther" })));
    await scene.clock.advance(minuteMs);
    scene.findings.put(quiet(aFinding({ measure: { name: "percentage_used", level: 200 } })));
    await scene.clock.advance(hourMs);
    scene.findings.put(resolved(worn));
    scene.findings.put(resolved(aFinding({ node: "panther" })));
    await scene.clock.advance(hourMs);

    expect(saidBy(scene.arrived)).toEqual([["firing neko disk-worn"], ["resolved neko disk-worn"]]);
  });
});

describe("a test", () => {
  it("is sent at once, and says what became of it", async () => {
    await using scene = await startTelling({ channels: [aChannel(), aChannel({ name: "mail" })] });

    expect(await scene.notifications.test("mail", "ada")).toEqual([{ channel: "mail", outcome: "delivered", durationMs: 0 }]);
    expect(scene.arrived).toMatchObject([{ channel: "mail", testedBy: "ada", items: [] }]);
    scene.outcome = refused("it answered 404");
    expect(await scene.notifications.test(undefined, "ada")).toMatchObject([
      { channel: "phone", outcome: "failed", problem: "it answered 404" },
      { channel: "mail", outcome: "failed" },
    ]);
    await expect(scene.notifications.test("mails", "ada")).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: 'no channel is called "mails"; did you mean "mail"?',
    });
  });
});
