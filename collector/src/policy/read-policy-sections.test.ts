/** Policy files: storage, onboarding and backups. */
import { describe, expect, it } from "vitest";
import { builtInPolicy } from "./built-in.ts";
import type { Policy, StoragePolicy } from "./policy.ts";
import { readPolicy } from "./read-policy.ts";

function problemsOf(text: string): readonly string[] {
  const read = readPolicy(`version: 1\n${text}`, { source: "policy.yaml", builtIn: builtInPolicy });
  return read.kind === "bad" ? read.problems : [];
}

function policyOf(text: string): Policy {
  const read = readPolicy(`version: 1\n${text}`, { source: "policy.yaml", builtIn: builtInPolicy });
  if (read.kind === "bad") throw new Error(read.problems.join("\n"));
  return read.policy;
}

function tagsOf({ diskTags, nodeTags }: StoragePolicy): readonly (readonly string[])[] {
  return [diskTags, nodeTags].map((rules) => rules.map(({ tag, when }) => `${tag}: ${when.text}`));
}

describe("storage in a policy file", () => {
  it("replaces the kind of tags that it gives, and leaves the other as it is built in", () => {
    const { storage } = policyOf("storage:\n  diskTags:\n    big: disk.size_gib > 900\n");

    expect(tagsOf(storage)).toEqual([["big: disk.size_gib > 900"], ['core: machine.board == ""', 'edge: machine.board != ""']]);
    expect(storage.diskTags[0]?.when.place).toBe("policy.yaml:4:10");
    expect(storage.defaultDisks).toEqual([]);
  });

  it("adds tags to those that are built in where it extends that, and replaces those of the same name", () => {
    const { storage } = policyOf(
      "extends: built-in\nstorage: { diskTags: { fast: disk.type == 'ssd' }, nodeTags: { a.example/x: 'true' } }",
    );

    expect(storage.diskTags.map(({ tag }) => tag)).toEqual(["nvme", "ssd", "hdd", "fast"]);
    expect(storage.diskTags[3]?.when.text).toBe("disk.type == 'ssd'");
    expect(storage.nodeTags.map(({ tag }) => tag)).toEqual(["core", "edge", "a.example/x"]);
  });

  it("may want no tags at all, and names the folders of new nodes", () => {
    const { storage } = policyOf("storage: { diskTags: {}, nodeTags: {}, defaultDisks: [/var/lib/longhorn, /mnt/data 1] }");

    expect(storage).toEqual({ diskTags: [], nodeTags: [], defaultDisks: ["/var/lib/longhorn", "/mnt/data 1"] });
  });

  const cases: readonly (readonly [what: string, text: string, problems: readonly string[]])[] = [
    [
      "left something empty",
      "storage:\n  diskTags:\n  nodeTags:\n    a:\n  defaultDisks:\n",
      [
        "policy.yaml:3:11: storage.diskTags: nothing stands here; leave it out, or write {} for none",
        "policy.yaml:5:6: storage.nodeTags.a: here stands an expression, not nothing",
        "policy.yaml:6:15: storage.defaultDisks: nothing stands here; leave it out, or write [] for none",
      ],
    ],
    [
      "is mistyped",
      "storage: { disktags: {} }",
      ['policy.yaml:2:12: storage.disktags: there is no such key; did you mean "diskTags"?'],
    ],
    [
      "has tags that Longhorn refuses",
      `storage:\n  nodeTags:\n    a b: 'true'\n    A.example/b: 'true'\n    /c: 'true'\n    ${"k".repeat(64)}: 'true'\n    a/b/c: 'true'\n`,
      [
        'policy.yaml:4:5: storage.nodeTags.a b: a tag has letters, digits, "-", "_" and ".", and begins and ends with a letter or digit',
        'policy.yaml:5:5: storage.nodeTags.A.example/b: before the "/" of a tag stands a domain: "A.example" is no name of DNS: small letters, digits and "-", in parts that dots divide',
        'policy.yaml:6:5: storage.nodeTags./c: before the "/" of a tag stands a domain: "" is no name of DNS: small letters, digits and "-", in parts that dots divide',
        `policy.yaml:7:5: storage.nodeTags.${"k".repeat(64)}: a tag has at most 63 characters`,
        'policy.yaml:8:5: storage.nodeTags.a/b/c: a tag has letters, digits, "-", "_" and ".", and begins and ends with a letter or digit',
      ],
    ],
    [
      "has a tag that is no condition, and one about a fact that there is not",
      "storage: { diskTags: { a: disk.type, b: disk.speed > 1 } }",
      [
        "policy.yaml:2:27: storage.diskTags.a: it gives a text; here stands what is true or false",
        'policy.yaml:2:46: storage.diskTags.b: disk has no "speed"; it has id, type, transport, model, size_gib, pcie_lanes, is_fast, is_removable, health',
      ],
    ],
    [
      "reads one disk where there are many",
      "labels: { a: disk.type }\nstorage: { nodeTags: { b: disk.is_fast } }\nonboarding: { longhorn: disk.is_fast }\ntaints: [{ key: c, effect: NoSchedule, when: disk.is_fast }]\n",
      [
        'policy.yaml:2:14: labels.a: only storage.diskTags read "disk", one disk; here go over all, as in disks.exists(d, d.is_fast)',
        'policy.yaml:3:27: storage.nodeTags.b: only storage.diskTags read "disk", one disk; here go over all, as in disks.exists(d, d.is_fast)',
        'policy.yaml:4:25: onboarding.longhorn: only storage.diskTags read "disk", one disk; here go over all, as in disks.exists(d, d.is_fast)',
        'policy.yaml:5:46: taints[0].when: only storage.diskTags read "disk", one disk; here go over all, as in disks.exists(d, d.is_fast)',
      ],
    ],
    [
      "has folders that are none, not written in one way, or twice",
      'storage:\n  defaultDisks:\n    - data\n    - /mnt/data/\n    - /mnt/../etc\n    - /\n    - /mnt/a\n    - /mnt/a\n    - 7\n    - "/mnt/\\n"\n',
      [
        'policy.yaml:4:7: storage.defaultDisks[0]: a folder is told from the root on, as in /var/lib/longhorn, not "data"',
        "policy.yaml:5:7: storage.defaultDisks[1]: write it as /mnt/data",
        'policy.yaml:6:7: storage.defaultDisks[2]: a path goes straight to its folder, without ".."',
        "policy.yaml:7:7: storage.defaultDisks[3]: the root filesystem itself cannot be a disk of Longhorn; name a folder",
        "policy.yaml:9:7: storage.defaultDisks[5]: /mnt/a stands there twice",
        'policy.yaml:10:7: storage.defaultDisks[6]: here stands a text, not "7"',
        "policy.yaml:11:7: storage.defaultDisks[7]: a path has no control characters",
      ],
    ],
    [
      "has too much",
      `storage: { defaultDisks: [${Array.from({ length: 33 }, (_, index) => `/${index}`).join(", ")}] }`,
      ["policy.yaml:2:26: storage.defaultDisks: there are more than 32"],
    ],
  ];

  it.each(cases)("is refused where it %s", (_, text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });

  it("may call a thing of a list disk", () => {
    expect(policyOf("labels: { a: 'disks.exists(disk, disk.is_fast) ? true : null' }").labels).toHaveLength(1);
  });
});

describe("onboarding and backups in a policy file", () => {
  it("are as they are built in where a key is left out", () => {
    const { onboarding, backups } = policyOf(
      "onboarding: { skip: [routed] }\nbackups: { maximumAge: 2d, cronJobs: [backups/nightly] }",
    );

    expect(onboarding).toEqual({ skip: ["routed"], agent: undefined, longhorn: undefined });
    expect(backups).toEqual({ cronJobs: ["backups/nightly"], deployments: [], maximumAgeMs: 172_800_000 });
    expect(builtInPolicy.backups).toEqual({ cronJobs: [], deployments: [], maximumAgeMs: 93_600_000 });
  });

  it("say which Nodes are to have an agent", () => {
    const text = '!("example.org/no-agent" in cluster.labels)';
    expect(policyOf(`onboarding: { agent: '${text}' }`).onboarding.agent?.text).toBe(text);
  });

  it("say which machines are to be Longhorn's", () => {
    expect(policyOf("onboarding: { longhorn: machine.memory_gib >= 8 }").onboarding.longhorn?.text).toBe(
      "machine.memory_gib >= 8",
    );
  });

  const cases: readonly (readonly [what: string, text: string, problems: readonly string[]])[] = [
    [
      "a step that nobody may leave out, and one twice",
      "onboarding: { skip: [ready, routed, routed] }",
      [
        'policy.yaml:2:22: onboarding.skip[0]: expected inventory, preflight, labelled, disks-tagged or routed, got "ready"',
        "policy.yaml:2:37: onboarding.skip[2]: routed stands there twice",
      ],
    ],
    [
      "a machine by its name",
      "onboarding: { longhorn: name }",
      ["policy.yaml:2:25: onboarding.longhorn: it gives a text; here stands what is true or false"],
    ],
    [
      "names without a namespace, that are none, or twice",
      "backups:\n  cronJobs: [nightly, a.b/c, A/b, a/b/c, a/b, a/b]\n  deployments: [a/]\n",
      [
        'policy.yaml:3:14: backups.cronJobs[0]: here stands NAMESPACE/NAME, not "nightly"',
        'policy.yaml:3:23: backups.cronJobs[1]: "a.b" is no namespace',
        'policy.yaml:3:30: backups.cronJobs[2]: "A" is no name of DNS: small letters, digits and "-", in parts that dots divide',
        'policy.yaml:3:35: backups.cronJobs[3]: here stands NAMESPACE/NAME, not "a/b/c"',
        "policy.yaml:3:47: backups.cronJobs[5]: a/b stands there twice",
        'policy.yaml:4:17: backups.deployments[0]: here stands NAMESPACE/NAME, not "a/"',
      ],
    ],
    ["no time", "backups: { maximumAge: 0s }", ["policy.yaml:2:24: backups.maximumAge: at least 1m, got 0s"]],
    ["a time without an end", "backups: { maximumAge: 400d }", ["policy.yaml:2:24: backups.maximumAge: at most 366d, got 400d"]],
  ];

  it.each(cases)("are refused with %s", (_, text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });
});
