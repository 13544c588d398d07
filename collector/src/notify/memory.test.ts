import { createLogger } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { FakeStore } from "../test-support/fake-store.ts";
import { type NotifyMemory, openNotifyMemory } from "./memory.ts";
import { type Notice, snapshotOf } from "./notice.ts";
import { aFinding } from "./test-support/a-finding.ts";
import { afterTelling } from "./told.ts";

const clock = new FakeClock();
const nowMs = clock.wallMs();
const finding = snapshotOf(aFinding());
const firing = aNotice("n1", "firing");
const over = aNotice("n2", "resolved");

function aNotice(id: string, telling: "firing" | "resolved"): Notice {
  return { id, channel: "phone", atMs: nowMs + Number(id.slice(1)), items: [{ telling, finding }] };
}

function open(store: FakeStore): Promise<NotifyMemory> {
  return openNotifyMemory({ store, clock, logger: createLogger("test", "silent") });
}

describe("the memory of notifications", () => {
  it("knows after a crash what a notice tells that waits, although that was not written", async () => {
    const store = new FakeStore();
    await store.saveDocuments(
      "outbox",
      [firing, over].map((notice) => ({ id: notice.id, changedAtMs: 0, body: notice })),
      [],
    );
    const memory = await open(store);

    expect(memory.waiting("phone")).toEqual([firing, over]);
    expect(memory.told("phone").get(finding.key)).toMatchObject({ state: "over", noticeId: "n2" });
  });

  it("does not take what it knows back to what an older notice says", async () => {
    const store = new FakeStore();
    const first = await open(store);
    for (const notice of [firing, over]) {
      const before = first.told("phone").get(finding.key);
      for (const item of notice.items) first.remember("phone", finding.key, afterTelling(before, item, notice.id, notice.atMs));
      first.enqueue(notice);
    }
    await first.flush();
    const second = await open(store);

    expect(second.told("phone")).toEqual(first.told("phone"));
    expect(second.waiting("phone")).toEqual([firing, over]);
    second.dequeue(firing);
    second.forget("mail");
    await second.flush();
    expect((await open(store)).waiting("phone")).toEqual([over]);
  });

  it("leaves what it does not understand alone", async () => {
    const store = new FakeStore();
    const body = { channel: "phone", told: { state: "of a later version" } };
    await store.saveDocuments("told", [{ id: "phone/1", changedAtMs: 0, body }], []);
    const memory = await open(store);
    memory.forget("phone");
    await memory.flush();

    expect(memory.channels()).toEqual([]);
    expect(await store.documents("told")).toHaveLength(1);
  });

  it("forgets what was over longest ago when it is full, and never what is open", async () => {
    const memory = await open(new FakeStore());
    for (let disk = 0; disk < 4_010; disk++) {
      const each = snapshotOf(aFinding({ subject: { kind: "disk", id: String(disk) } }));
      const told = afterTelling(undefined, { telling: disk < 5 ? "firing" : "advice", finding: each }, "n", nowMs);
      memory.remember("phone", each.key, told);
    }
    const kept = [...memory.told("phone").values()].map(({ finding: { subject } }) => Number(subject.id));

    expect(kept).toHaveLength(4_000);
    expect(kept.slice(0, 7)).toEqual([0, 1, 2, 3, 4, 15, 16]);
  });
});
