/** Tags of Longhorn's disks and nodes by what is known: a tag must hold for every physical disk, and one that denies it is enough. */
import { describe, expect, it } from "vitest";
import { builtInPolicy } from "./built-in.ts";
import { type DecidedTag, decideDiskTags, decideNodeTags } from "./decide-tags.ts";
import type { KnownFacts } from "./known-facts.ts";
import { readPolicy } from "./read-policy.ts";
import { bobcat, neko, panther } from "./test-support/machines.ts";
import { madeFacts } from "./test-support/made-facts.ts";

const fast = { id: "a", type: "nvme", isFast: true, health: "ok" };
const slow = { id: "b", type: "ssd", isFast: false, health: "ok" };
const unread = { id: "c" };

function shown(tags: readonly DecidedTag[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    tags.map(({ tag, decided }) => [tag, decided.kind === "value" ? decided.value : `undecided: ${decided.reason}`]),
  );
}

function ofDisks(facts: KnownFacts, ...ids: string[]): Readonly<Record<string, unknown>> {
  return shown(decideDiskTags(builtInPolicy.storage, facts, ids));
}

describe("tags of a disk", () => {
  const facts = madeFacts({ ...neko, disks: [fast, slow, unread] });

  it("are what the one physical disk behind it is", () => {
    expect(ofDisks(facts, "a")).toEqual({ nvme: true, ssd: false, hdd: false, fast: true });
    expect(ofDisks(facts, "b")).toEqual({ nvme: false, ssd: true, hdd: false, fast: false });
  });

  it("must hold for all of several", () => {
    expect(ofDisks(facts, "a", "b")).toEqual({ nvme: false, ssd: false, hdd: false, fast: false });
  });

  it("are denied by one, whatever cannot be read of another, and else wait for it", () => {
    expect(ofDisks(facts, "b", "c")).toMatchObject({ nvme: false, ssd: "undecided: disk c.type is not known", fast: false });
    expect(ofDisks(facts, "c", "a")).toMatchObject({ nvme: "undecided: disk c.type is not known", ssd: false });
  });

  it("are not told of a disk that is not the machine's, of no disk, or while the disks are not known", () => {
    const silent = madeFacts(neko, { disks: "the probe disks was not heard of since 12:00 UTC" });

    expect(ofDisks(facts, "x")).toMatchObject({ nvme: "undecided: x is no disk of this machine that is known" });
    expect(ofDisks(facts)).toMatchObject({ nvme: "undecided: which disks stand behind it is not known" });
    expect(ofDisks(silent, "a")).toMatchObject({ fast: "undecided: the probe disks was not heard of since 12:00 UTC" });
  });

  it("say what was read of each disk", () => {
    const [nvme] = decideDiskTags(builtInPolicy.storage, facts, ["a", "b"]);

    expect(nvme?.decided.reads.map(({ path, value }) => `${path}: ${value}`)).toEqual([
      "disk: id a, type nvme, is_fast true, health ok",
      "disk: id b, type ssd, is_fast false, health ok",
    ]);
  });

  it("may go by the node as well", () => {
    const read = readPolicy('version: 1\nstorage: { diskTags: { own: name == "neko" && disk.is_fast } }', {
      source: "p",
      builtIn: builtInPolicy,
    });
    const storage = read.kind === "good" ? read.policy.storage : builtInPolicy.storage;

    expect(shown(decideDiskTags(storage, facts, ["a"]))).toEqual({ own: true });
    expect(shown(decideDiskTags(storage, madeFacts({ ...panther, disks: [] }), ["a"]))).toEqual({ own: false });
  });
});

describe("tags of a node", () => {
  it("are what the machine is", () => {
    expect(shown(decideNodeTags(builtInPolicy.storage, madeFacts(neko)))).toEqual({ core: true, edge: false });
    expect(shown(decideNodeTags(builtInPolicy.storage, madeFacts(bobcat)))).toEqual({ core: false, edge: true });
  });
});
