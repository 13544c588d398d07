import { describe, expect, it } from "vitest";
import { postponed, refused } from "./channels/channel.ts";
import { aFinding, resolved } from "./test-support/a-finding.ts";
import { aChannel, saidBy, startTelling } from "./test-support/telling-scene.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const worn = aFinding();

describe("a channel whose service is not well, or that has much to tell", () => {
  it("tries a service that is away until it is back, and the notice is the same", async () => {
    await using scene = await startTelling();
    scene.outcome = postponed("it answered 503");
    scene.findings.put(worn);
    await scene.clock.advance(10 * minuteMs);
    expect(scene.notifications.overview().channels).toMatchObject([{ state: "failing", waiting: 1, problem: "it answered 503" }]);
    expect(scene.notifications.problems()).toEqual(["notifications by phone: it answered 503"]);
    const attempts = scene.counted.length;
    expect(attempts).toBeGreaterThan(5);
    expect(attempts).toBeLessThan(20);

    await scene.restart();
    scene.outcome = { kind: "delivered" };
    await scene.clock.advance(6 * minuteMs);
    expect(saidBy(scene.arrived)).toEqual([["firing neko disk-worn"]]);
    expect(scene.notifications.problems()).toEqual([]);
  });

  it("waits as long as the service asks", async () => {
    await using scene = await startTelling();
    scene.outcome = postponed("it answered 429", 20 * minuteMs);
    scene.findings.put(worn);
    await scene.clock.advance(minuteMs);
    scene.outcome = { kind: "delivered" };
    await scene.clock.advance(19 * minuteMs);
    expect(scene.arrived).toEqual([]);
    await scene.clock.advance(minuteMs);
    expect(scene.arrived).toHaveLength(1);
  });

  it("leaves a service alone that refuses, and tells it later how things are then", async () => {
    await using scene = await startTelling();
    scene.outcome = refused("it answered 401");
    scene.findings.put(worn);
    await scene.clock.advance(14 * minuteMs);
    expect(scene.counted).toEqual(["phone failed", "phone given_up"]);
    const worse = aFinding({ measure: { name: "percentage_used", level: 120 } });
    scene.findings.put(worse);
    scene.outcome = { kind: "delivered" };
    await scene.clock.advance(2 * minuteMs);

    expect(scene.arrived.map(({ items }) => items.map(({ finding }) => finding.measure?.level))).toEqual([[120]]);
  });

  it("asks a service that refused at once when its settings were changed", async () => {
    await using scene = await startTelling();
    scene.outcome = refused("it answered 401");
    scene.findings.put(worn);
    await scene.clock.advance(minuteMs);
    scene.outcome = { kind: "delivered" };
    scene.configure({ channels: [aChannel({ mostPerHour: 7 })] });
    await scene.clock.advance(minuteMs);

    expect(saidBy(scene.arrived)).toEqual([["firing neko disk-worn"]]);
  });

  it("does not hold against new settings what those before led to", async () => {
    await using scene = await startTelling();
    const answering = Promise.withResolvers<void>();
    scene.answering = answering.promise;
    scene.outcome = refused("it answered 401");
    scene.findings.put(worn);
    await scene.clock.advance(minuteMs);
    scene.outcome = { kind: "delivered" };
    scene.configure({ channels: [aChannel({ mostPerHour: 7 })] });
    answering.resolve();
    await scene.clock.advance(minuteMs);

    expect(saidBy(scene.arrived)).toEqual([["firing neko disk-worn"]]);
    expect(scene.counted).toEqual(["phone failed", "phone delivered"]);
  });

  it("tells no more than the channel wants within an hour, and the rest together", async () => {
    await using scene = await startTelling({ channels: [aChannel({ mostPerHour: 2 })] });
    for (let node = 0; node < 10; node++) {
      scene.findings.put(aFinding({ node: `n${node}` }));
      await scene.clock.advance(minuteMs);
    }
    expect(scene.arrived).toHaveLength(2);
    await scene.clock.advance(hourMs);
    expect(scene.arrived.map(({ items }) => items.length)).toEqual([1, 1, 8]);
  });

  it("keeps no more than fifty notices for a service that is away for long, and forgets nothing that is still so", async () => {
    await using scene = await startTelling();
    scene.outcome = postponed("away");
    for (let node = 0; node < 60; node++) {
      scene.findings.put(aFinding({ node: `n${node}` }));
      await scene.clock.advance(minuteMs);
    }
    expect(scene.notifications.overview().channels).toMatchObject([{ waiting: 50 }]);
    scene.outcome = { kind: "delivered" };
    await scene.clock.advance(hourMs);
    expect(new Set(scene.arrived.flatMap(({ items }) => items.map(({ finding }) => finding.node))).size).toBe(60);
    expect(scene.arrived).toHaveLength(51);
  });

  it("tells people while the store hangs and does not even refuse, and writes it when it goes on", async () => {
    await using scene = await startTelling();
    const goOn = scene.store.block();
    scene.findings.put(worn);
    await scene.clock.advance(minuteMs);
    scene.findings.put(aFinding({ node: "panther" }));
    await scene.clock.advance(minuteMs);
    expect(saidBy(scene.arrived)).toEqual([["firing neko disk-worn"], ["firing panther disk-worn"]]);

    goOn();
    await scene.clock.advance(minuteMs);
    await scene.restart();
    for (const node of ["neko", "panther"]) scene.findings.put(aFinding({ node }));
    await scene.clock.advance(hourMs);
    expect(scene.arrived).toHaveLength(2);
  });

  it("goes on to tell Alertmanager what still fires after it refused what is over by now", async () => {
    const url = "http://127.0.0.1:9";
    const transport = { type: "alertmanager", url, tokenFile: undefined, basic: undefined } as const;
    await using scene = await startTelling({ channels: [aChannel({ transport, gatherMs: 0 })] });
    scene.findings.put(worn);
    await scene.clock.advance(minuteMs);
    scene.outcome = refused("it answered 400");
    scene.findings.put(aFinding({ node: "panther" }));
    await scene.clock.advance(minuteMs);
    scene.findings.put(resolved(aFinding({ node: "panther" })));
    scene.refreshed.length = 0;
    await scene.clock.advance(hourMs);

    expect(scene.refreshed.length).toBeGreaterThan(55);
    expect(new Set(scene.refreshed.flat())).toEqual(new Set(["neko"]));
  });

  it("gives up a notice of yesterday, and tells what is left of it", async () => {
    await using scene = await startTelling();
    scene.outcome = postponed("away");
    scene.findings.put(worn);
    scene.findings.put(aFinding({ node: "panther" }));
    await scene.clock.advance(minuteMs);
    scene.findings.put(resolved(aFinding({ node: "panther" })));
    await scene.clock.advance(26 * hourMs);
    expect(scene.counted).toContain("phone given_up");
    scene.outcome = { kind: "delivered" };
    await scene.clock.advance(hourMs);

    expect(saidBy(scene.arrived).flat()).toContain("firing neko disk-worn");
    expect(saidBy(scene.arrived).flat()).not.toContain("firing panther disk-worn");
  });

  it("tells after days without a collector how things are, not how they were", async () => {
    await using scene = await startTelling();
    scene.outcome = postponed("away");
    scene.findings.put(worn);
    scene.findings.put(aFinding({ node: "panther" }));
    await scene.clock.advance(minuteMs);
    await scene.stop();
    await scene.clock.advance(48 * hourMs);
    scene.findings.put(resolved(aFinding({ node: "panther" })));
    scene.outcome = { kind: "delivered" };
    await scene.restart();
    scene.findings.put(worn);
    await scene.clock.advance(hourMs);

    expect(saidBy(scene.arrived)).toEqual([["firing neko disk-worn"]]);
  });
});
