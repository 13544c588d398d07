import { AppError } from "@nodekeeper/shared";
import { beforeEach, describe, expect, it } from "vitest";
import { aDisk, aNode } from "../longhorn/test-support/made-longhorn.ts";
import { startMs } from "../test-support/states.ts";
import { aFault, aLonghornObject, aMachine, aTag, LonghornStage } from "./test-support/longhorn-stage.ts";
import { toldHealth } from "./test-support/told-machine.ts";

const scheduling = "disks/d/allowScheduling";
const eviction = "disks/d/evictionRequested";
const minuteMs = 60_000;
let stage: LonghornStage;

beforeEach(() => {
  stage = new LonghornStage();
});

function wants(...tags: readonly string[]): void {
  stage.storage = { ...stage.storage, diskTags: tags.map((tag) => aTag(tag, true)) };
}

describe("tags", () => {
  it("come to disk and node beside those of others, and are noted as ours in the same write", async () => {
    stage.edit({ tags: ["hand-made"] });
    stage.storage = { diskTags: [aTag("nvme", true)], nodeTags: [aTag("core", true)], defaultDisks: [] };

    expect(stage.steps()).toEqual(["set describe tags/core: - > true", "set describe disks/d/tags/nvme: - > true"]);
    await stage.reconcile();

    expect(stage.disk()["tags"]).toEqual(["hand-made", "nvme"]);
    expect(stage.object["spec"]).toMatchObject({ tags: ["core"] });
    expect(stage.ledger).toBe(
      '{"nodekeeper":1,"longhorn-disks":{"disks/d/tags/nvme":{"wrote":"true","of":"neko/d"},"tags/core":{"wrote":"true"}}}',
    );
    expect(stage.plan()).toEqual([]);
  });

  it("that somebody else set are neither claimed nor taken away", async () => {
    stage.edit({ tags: ["nvme"] });
    wants("nvme");
    expect(stage.plan()).toEqual([]);

    stage.storage = { ...stage.storage, diskTags: [aTag("nvme", false)] };
    expect(stage.plan()).toEqual([]);
  });

  it("go when the policy wants them no more, or does not name them any more, which restricts", async () => {
    wants("nvme", "fast");
    await stage.reconcile();
    stage.storage = { ...stage.storage, diskTags: [aTag("nvme", false)] };

    expect(stage.steps()).toEqual(["remove restrict disks/d/tags/nvme: true > -", "remove restrict disks/d/tags/fast: true > -"]);
    await stage.reconcile();
    expect(stage.disk()["tags"]).toEqual([]);
    expect(stage.ledger).toBeUndefined();
  });

  it("stay while it cannot be told, or while the disk is not known", async () => {
    wants("nvme");
    await stage.reconcile();

    stage.storage = { ...stage.storage, diskTags: [aTag("nvme", undefined)] };
    expect(stage.held("disks/d/tags/nvme")).toBe("the disks are not known");
    stage.said = [toldHealth()];
    expect(stage.held("disks/d/tags/nvme")).toMatch(
      /^which of the machine's disks it is cannot be told: the agent does not run the probe disks$/,
    );
    expect(stage.plan()).toEqual([]);
  });

  it("come back when the user interface writes its old copy of the disks over them", async () => {
    wants("nvme");
    await stage.reconcile();
    stage.edit({ tags: [] });

    expect(stage.steps()).toEqual(["repair describe disks/d/tags/nvme: - > true"]);
    await stage.reconcile();
    expect(stage.disk()["tags"]).toEqual(["nvme"]);
  });

  it("come again to a node that Longhorn made anew", async () => {
    wants("nvme");
    await stage.reconcile();
    stage.object = { ...aLonghornObject(), metadata: { name: "neko", uid: "uid-2", resourceVersion: "9" } };

    expect(stage.steps()).toEqual(["set describe disks/d/tags/nvme: - > true"]);
  });

  it.each([
    ["disk", "disks/d/tags/nvme"],
    ["node", "tags/nvme"],
  ])("are not given to a %s as its first where that would take it away from who asks for none", (of, item) => {
    stage.storage = { diskTags: [aTag("nvme", true)], nodeTags: [aTag("nvme", true)], defaultDisks: [] };
    stage.settings = { [`allow-empty-${of}-selector-volume`]: "false" };

    expect(stage.held(item)).toContain(`setting allow-empty-${of}-selector-volume is false`);
    expect(stage.steps()).toHaveLength(1);
  });

  it("stay where a volume that asks for them would find too few places", async () => {
    wants("nvme");
    await stage.reconcile();
    stage.storage = { ...stage.storage, diskTags: [] };
    stage.volumes = [
      { name: "v", replicaCount: 1, diskSelector: ["nvme"], claim: { namespace: "media", name: "db", workloads: [] } },
    ];

    expect(stage.held("disks/d/tags/nvme")).toBe("replicas would find too few places without it: media/db (0 of 1)");
    expect(stage.plan()).toEqual([]);
  });

  it.each([
    ["null", { tags: null }, "d"],
    ["not there", { tags: undefined }, "d"],
    ["in another order", { tags: ["z", "a"] }, "d"],
    ["of a disk with a slash and a tilde in its name", {}, "data/~1"],
  ])("are added to a list that is %s", async (_, disk, name) => {
    stage.object = aLonghornObject(disk, name);
    wants("nvme");
    await stage.reconcile();

    expect(stage.disk(name)["tags"]).toContain("nvme");
    expect(stage.plan()).toEqual([]);
  });
});

describe("a disk that fails", () => {
  it("is filled no more, and is given back when it is well", async () => {
    stage.findings = [aFault()];
    expect(stage.plan()[0]).toMatchObject({
      ...{ item: scheduling, kind: "change", class: "restrict", before: "true", after: "false" },
      why: { text: "A disk (/dev/nvme0): it is broken", place: "nvme-critical-warning", isDeclared: true },
    });
    await stage.reconcile();
    expect(stage.disk()).toMatchObject({ allowScheduling: false, evictionRequested: true });

    stage.findings = [];
    expect(stage.steps()).toEqual([`restore describe ${scheduling}: false > true`, `restore describe ${eviction}: true > false`]);
    await stage.reconcile();
    expect(stage.disk()).toMatchObject({ allowScheduling: true, evictionRequested: false });
    expect(stage.ledger).toBeUndefined();
  });

  it.each([
    ["is not sure yet", aFault({ state: "pending" })],
    ["cannot be read now", aFault({ isHeld: true })],
  ])("changes nothing while its fault %s", async (_, fault) => {
    stage.findings = [fault];
    expect(stage.held(scheduling)).toContain("it is broken");

    stage.findings = [aFault()];
    await stage.reconcile();
    stage.findings = [fault];
    expect(stage.plan()).toEqual([]);
  });

  it.each([
    ["another disk", { subject: { kind: "disk_health", id: "nvme.2" } }],
    ["wear, which is no fault", { rule: "disk-worn" }],
    ["something that is only a consequence", { suppressedBy: "node-not-reporting" }],
  ])("is none for a finding about %s", (_, fault) => {
    stage.findings = [aFault(fault)];
    expect(stage.plan()).toEqual([]);
  });

  it.each([
    ["its filesystem", { rule: "filesystem-read-only", subject: { kind: "filesystem", id: "/" } }],
    [
      "the kernel's word of it",
      {
        rule: "kernel-fault",
        subject: { kind: "kernel_fault", id: "x nvme0" },
        evidence: [{ name: "block_device", value: "nvme.1" }],
      },
    ],
  ])("is told by %s", (_, fault) => {
    stage.findings = [aFault(fault)];
    expect(stage.steps()[0]).toBe(`change restrict ${scheduling}: true > false`);
  });

  it("is one of several that it stands on", () => {
    stage.said = [aMachine("nvme.1", "nvme.2"), toldHealth()];
    stage.findings = [aFault({ subject: { kind: "disk_health", id: "nvme.2" } })];
    expect(stage.steps()[0]).toBe(`change restrict ${scheduling}: true > false`);
  });

  it("is not restricted where a volume would find too few places, and says which", () => {
    stage.findings = [aFault()];
    stage.volumes = [{ name: "v", replicaCount: 4 }];
    expect(stage.held(scheduling)).toBe("replicas would find too few places without it: v (3 of 4)");
  });

  it("is not restricted by what was true of Longhorn before", () => {
    stage.findings = [aFault()];
    stage.problem = "the connection broke";
    expect(stage.held(scheduling)).toContain("the connection broke");
  });

  it("that somebody has restricted himself is left to him for ever", async () => {
    stage.edit({ allowScheduling: false });
    stage.modes = { ...stage.modes, move: "off" };
    for (const findings of [[], [aFault()], []]) {
      stage.findings = findings;
      expect(stage.plan()).toEqual([]);
    }
  });

  it("is restricted again where somebody allows it, and is his where he does so when it is well", async () => {
    stage.modes = { ...stage.modes, move: "off" };
    stage.findings = [aFault()];
    await stage.reconcile();
    stage.edit({ allowScheduling: true });
    expect(stage.steps()).toEqual([`repair restrict ${scheduling}: true > false`]);

    stage.findings = [];
    expect(stage.steps()).toEqual([`restore describe ${scheduling}: true > true`]);
    await stage.reconcile();
    expect(stage.disk()).toMatchObject({ allowScheduling: true });
    expect(stage.ledger).toBeUndefined();
  });

  it("is not given back while no word of its health was heard, in maintenance, or in a reboot loop", async () => {
    stage.findings = [aFault()];
    await stage.reconcile();
    stage.findings = [];

    stage.said = [aMachine("nvme.1")];
    expect(stage.held(scheduling)).toBe("the agent does not run the probe smart");
    stage.said = [aMachine("nvme.1"), toldHealth()];
    stage.cordoned = true;
    expect(stage.held(scheduling)).toContain("cordoned");
    stage.cordoned = false;
    stage.boots = [startMs, startMs - minuteMs, startMs - 2 * minuteMs];
    expect(stage.held(scheduling)).toContain("boots again and again");
    expect(stage.steps()).toEqual([`restore describe ${eviction}: true > false`]);
  });

  it("is not given back while somebody else has it emptied", async () => {
    stage.modes = { ...stage.modes, move: "off" };
    stage.findings = [aFault()];
    await stage.reconcile();
    stage.edit({ evictionRequested: true });
    stage.findings = [];

    expect(stage.held(scheduling)).toContain("somebody has the disk emptied");
  });
});

describe("moving replicas off a disk that fails", () => {
  beforeEach(() => {
    stage.findings = [aFault()];
  });

  it("comes after nothing new is put there, as a step of its own class", async () => {
    expect(stage.steps()).toEqual([`change restrict ${scheduling}: true > false`]);
    await stage.apply(stage.plan());
    expect(stage.steps()).toEqual([`change move ${eviction}: false > true`]);
  });

  it.each([
    ["the class is switched off", () => void Object.assign(stage, { modes: { ...stage.modes, move: "off" } }), "switched off"],
    [
      "a replica has no other home",
      () => void Object.assign(stage, { others: [aNode("b", {}, [aDisk("d", { allowScheduling: false })])] }),
      "nowhere else is room for the replicas of v",
    ],
    [
      "that release evicts badly",
      () => void Object.assign(stage, { version: "v1.7.2", modes: { ...stage.modes, move: "enforce" } }),
      "v1.7.2",
    ],
  ])("is not done where %s", (_, arrange, reason) => {
    stage.volumes = [{ name: "v", replicaCount: 1, on: ["neko/d"] }];
    stage.edit({ allowScheduling: false });
    arrange();

    expect(stage.held(eviction)).toContain(reason);
    expect(stage.plan()).toEqual([]);
  });

  it("of that release waits for somebody's yes", () => {
    stage.version = "v1.7.2";
    stage.edit({ allowScheduling: false });
    expect(stage.steps()).toEqual([`change move ${eviction}: false > true`]);
  });
});

describe("nothing is told", () => {
  it.each([
    [
      "while Longhorn does not know its disks yet",
      () => void Object.assign(stage, { object: { ...stage.object, status: {} } }),
      "has not looked at all disks",
    ],
    [
      "while it is being deleted",
      () => {
        const metadata = { name: "neko", uid: "u", resourceVersion: "1", deletionTimestamp: "2026-11-23T00:00:00Z" };
        stage.object = { ...stage.object, metadata };
      },
      "being deleted",
    ],
  ])("%s", (_, arrange, reason) => {
    wants("nvme");
    arrange();
    expect(stage.decide()).toMatchObject({ kind: "hold", reason: expect.stringContaining(reason) });
  });
});

describe("a write", () => {
  it("does not happen where a field is not as it was seen, or the disk is another one", async () => {
    wants("nvme");
    const plan = stage.plan();
    const seen = await stage.observe();
    const write = () => stage.reconciler.apply("neko", plan, seen, new AbortController().signal);

    stage.edit({ tags: ["other"] });
    await expect(write()).rejects.toMatchObject({ code: "CONFLICT" });
    stage.edit({ tags: [], path: "/mnt/other" });
    await expect(write()).rejects.toMatchObject({ code: "CONFLICT" });
    expect(stage.ledger).toBeUndefined();
  });

  it("happens whatever Longhorn wrote into its status meanwhile", async () => {
    wants("nvme");
    const plan = stage.plan();
    const seen = await stage.observe();
    stage.object = { ...stage.object, metadata: { name: "neko", uid: "uid-l", resourceVersion: "2" } };

    await stage.reconciler.apply("neko", plan, seen, new AbortController().signal);
    expect(stage.disk()["tags"]).toEqual(["nvme"]);
  });

  it("that takes something away counts what is taken away elsewhere and is not seen yet", async () => {
    stage.volumes = [{ name: "v", replicaCount: 3 }];
    stage.findings = [aFault()];
    const plan = stage.plan();
    const seen = await stage.observe();
    const signal = new AbortController().signal;

    stage.refusal = new AppError("PEER_UNREACHABLE", "no answer");
    const other = { ...seen, node: stage.others.find(({ name }) => name === "b") ?? seen.node };
    await expect(stage.reconciler.apply("b", plan, other, signal)).rejects.toMatchObject({ code: "PEER_UNREACHABLE" });
    await expect(stage.reconciler.apply("neko", plan, seen, signal)).rejects.toMatchObject({
      code: "CONFLICT",
      message: expect.stringContaining("v (2 of 3)"),
    });
  });
});

describe("what is taken away", () => {
  it("is not, while Longhorn is not heard, or its feed says otherwise than what is there", async () => {
    stage.findings = [aFault()];
    const plan = stage.plan();
    const seen = await stage.observe();
    const write = () => stage.reconciler.apply("neko", plan, seen, new AbortController().signal);
    const conflict = (message: string) => ({ code: "CONFLICT", message: expect.stringContaining(message) });

    stage.problem = "the connection broke";
    await expect(write()).rejects.toMatchObject(conflict("the connection broke"));
    stage.problem = undefined;
    stage.edit({ allowScheduling: false });
    await expect(write()).rejects.toMatchObject(conflict("has not told yet how Longhorn's node neko is"));
  });
});

describe("pruning", () => {
  it("takes all of it back", async () => {
    stage.storage = { diskTags: [aTag("nvme", true)], nodeTags: [aTag("core", true)], defaultDisks: [] };
    stage.edit({ tags: ["hand-made"] });
    stage.findings = [aFault()];
    await stage.reconcile();
    await stage.prune();

    expect(stage.disk()).toMatchObject({ tags: ["hand-made"], allowScheduling: true, evictionRequested: false });
    expect(stage.object["spec"]).toMatchObject({ tags: [] });
    expect(stage.ledger).toBeUndefined();
  });

  it("leaves a disk restricted that fails, or may fail, unless it is forced", async () => {
    stage.findings = [aFault()];
    await stage.reconcile();
    const steps = stage.reconciler.planPrune(await stage.observe());
    const left = () => steps.map((step) => stage.reconciler.leavesOnPrune?.(step, stage.decide(), "neko"));

    expect(left()).toEqual(["A disk (/dev/nvme0): it is broken", undefined]);
    stage.said = [aMachine("nvme.1")];
    stage.findings = [];
    expect(left()).toEqual(["the agent does not run the probe smart", undefined]);
    stage.said = [aMachine("nvme.1"), toldHealth()];
    expect(left()).toEqual([undefined, undefined]);
  });

  it("leaves a tag without which replicas would find too few places, and says whose, unless it is forced", async () => {
    wants("nvme");
    await stage.reconcile();
    stage.volumes = [{ name: "v", replicaCount: 1, diskSelector: ["nvme"] }];
    const [step] = stage.reconciler.planPrune(await stage.observe());
    if (step === undefined) throw new Error("nothing is ours");

    const reason = "replicas would find too few places without it: v (0 of 1)";
    expect(stage.reconciler.leavesOnPrune?.(step, stage.decide(), "neko")).toBe(reason);
    await expect(stage.prune()).rejects.toMatchObject({ code: "CONFLICT", message: expect.stringContaining("v (0 of 1)") });
    await stage.apply([{ ...step, class: "describe" }]);
    expect(stage.disk()["tags"]).toEqual([]);
  });

  it("gives up what is ours on a disk that is gone", async () => {
    wants("nvme");
    await stage.reconcile();
    stage.object = { ...aLonghornObject({}, "e"), metadata: stage.object["metadata"] };
    wants();

    expect(stage.steps()).toEqual(["restore describe disks/d/tags/nvme: - > -"]);
    await stage.reconcile();
    expect(stage.ledger).toBeUndefined();
  });
});
