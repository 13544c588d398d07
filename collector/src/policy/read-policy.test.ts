/** Policy files: what they may say, and everything that is wrong with one at once. */
import { describe, expect, it } from "vitest";
import { builtInPolicy } from "./built-in.ts";
import type { Policy } from "./policy.ts";
import { readPolicy } from "./read-policy.ts";
import { maximumPolicyBytes } from "./read-policy-text.ts";

function problemsOf(text: string): readonly string[] {
  const read = readPolicy(text, { source: "policy.yaml", builtIn: builtInPolicy });
  return read.kind === "bad" ? read.problems : [];
}

function policyOf(text: string): Policy {
  const read = readPolicy(text, { source: "/etc/nodekeeper/policy.yaml", builtIn: builtInPolicy });
  if (read.kind === "bad") throw new Error(read.problems.join("\n"));
  return read.policy;
}

function keysOf({ labels }: Policy): readonly string[] {
  return labels.map(({ key }) => key);
}

describe("a policy file", () => {
  it("is what is built in where it says nothing", () => {
    const { source, hash, ...rest } = policyOf("version: 1\n");

    expect(rest).toEqual({ ...builtInPolicy, source: undefined, hash: undefined });
    expect(source).toBe("/etc/nodekeeper/policy.yaml");
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it("replaces the labels, and leaves other sections as they are", () => {
    const policy = policyOf("version: 1\nlabels:\n  disks: size(disks)\n");

    expect(keysOf(policy)).toEqual(["disks"]);
    expect(policy.modes).toEqual(builtInPolicy.modes);
    expect(policy.labels[0]?.value).toMatchObject({ text: "size(disks)", place: "policy.yaml:3:10" });
  });

  it("adds to what is built in where it extends that, and replaces single labels of it", () => {
    const policy = policyOf("version: 1\nextends: built-in\nlabels:\n  board: null\n  rack: '\"a1\"'\n");

    expect(keysOf(policy)).toEqual([
      "storage-class",
      "gpu.product",
      "gpu.memory-gib",
      "ollama-role",
      "backup-gateway",
      "disk-failing",
      "board",
      "rack",
    ]);
    expect(policy.labels.find(({ key }) => key === "board")?.value.text).toBe("null");
  });

  it("says everything that there is", () => {
    const policy = policyOf(`version: 1
domain: nodes.home.example
modes: { restrict: enforce, move: off }
dwell: { remove: 1h }
labels: { fixed: true, number: 8, none: null }
taints:
  - { key: no-longhorn, effect: NoSchedule, when: "!longhorn.has_prerequisites" }
  - { key: slow, value: "yes", effect: PreferNoSchedule, when: system_disk.type == "hdd" }
conditions: [GPUHealthy]
advice: { wildcardName: "*.home.example" }
`);

    expect(policy).toMatchObject({
      domain: "nodes.home.example",
      modes: { describe: "enforce", restrict: "enforce", move: "off" },
      dwell: { changeMs: 60_000, removeMs: 3_600_000 },
      taints: [
        { key: "no-longhorn", value: "", effect: "NoSchedule" },
        { key: "slow", value: "yes", effect: "PreferNoSchedule" },
      ],
      conditions: ["GPUHealthy"],
      advice: { wildcardName: "*.home.example" },
    });
    expect(policy.labels.map(({ value }) => value.text)).toEqual(["true", "8", "null"]);
  });

  it("may be about a domain of Kubernetes that is free for everybody", () => {
    expect(policyOf("version: 1\ndomain: home.node-restriction.kubernetes.io").domain).toBe(
      "home.node-restriction.kubernetes.io",
    );
  });
});

describe("feature 58: keys and values that are not ours to write, or none at all: a policy file that is wrong", () => {
  const cases: readonly (readonly [what: string, text: string, problems: readonly string[]])[] = [
    ["is empty", "", ['policy.yaml:1:1: it is empty; the least is "version: 1", which is what is built in']],
    ["is only comments", "# nothing\n", ['policy.yaml:1:1: it is empty; the least is "version: 1", which is what is built in']],
    [
      "is a list",
      "- 1\n",
      ["policy.yaml:1:1: here stands a map (key: value), not a list", "policy.yaml:1:1: version is missing; this is version: 1"],
    ],
    ["has no version", "domain: a.example\n", ["policy.yaml:1:1: version is missing; this is version: 1"]],
    ["has another version", "version: 2\n", ["policy.yaml:1:10: version: this nodekeeper reads version 1"]],
    [
      "has sections that were left empty",
      "version: 1\nlabels:\n  # rack: name\ntaints:\nmodes:\n",
      [
        "policy.yaml:2:7: labels: nothing stands here; leave it out, or write {} for none",
        "policy.yaml:4:7: taints: nothing stands here; leave it out, or write [] for none",
        "policy.yaml:5:6: modes: nothing stands here; leave it out, or write what is meant",
      ],
    ],
    [
      "has a key of several lines",
      "version: 1\n? |-\n\n  lab\n  el\n: 1\n",
      [expect.stringMatching(/^policy\.yaml:\d+:\d+: lab el: there is no such key.*$/)],
    ],
    ["has an unknown key", "version: 1\nlabel: {}\n", ['policy.yaml:2:1: label: there is no such key; did you mean "labels"?']],
    ["has a key twice", "version: 1\nversion: 1\n", ["policy.yaml:2:1: this key stands there twice"]],
    ["has a label twice", "version: 1\nlabels:\n  a: '1'\n  a: '2'\n", ["policy.yaml:4:3: this key stands there twice"]],
    [
      "has a second document",
      "version: 1\n---\nversion: 1\n",
      ["policy.yaml:2:1: a policy is one document; a second one begins here (---)"],
    ],
    [
      "has an alias",
      "version: 1\nlabels: { a: &x name, b: *x }\n",
      [
        "policy.yaml:2:17: &x: a policy reads no anchors; write it out",
        "policy.yaml:2:26: *x: a policy reads no aliases; write it out",
        "policy.yaml:2:26: labels.b: here stands an expression, not an alias (*), which a policy does not read",
      ],
    ],
    [
      "has a domain of Kubernetes",
      "version: 1\ndomain: node.kubernetes.io\n",
      ["policy.yaml:2:9: domain: kubernetes.io and k8s.io are Kubernetes' own; take a name below a domain that is yours"],
    ],
    [
      "has a domain that is no name",
      "version: 1\ndomain: My_Domain\n",
      ['policy.yaml:2:9: domain: "My_Domain" is no name of DNS: small letters, digits and "-", in parts that dots divide'],
    ],
    [
      "has an unknown mode",
      "version: 1\nmodes:\n  restrict: enforced\n",
      ['policy.yaml:3:13: modes.restrict: expected off, plan or enforce, got "enforced"; did you mean "enforce"?'],
    ],
    [
      "has a number for a time",
      "version: 1\ndwell: { change: 60 }\n",
      ['policy.yaml:2:18: dwell.change: expected a time such as 500ms, 30s, 5m, 12h or 7d, got "60"'],
    ],
    [
      "has a time without a unit",
      "version: 1\ndwell: { change: '60', remove: 8d }\n",
      [
        'policy.yaml:2:18: dwell.change: expected a time such as 500ms, 30s, 5m, 12h or 7d, got "60"',
        "policy.yaml:2:32: dwell.remove: at most 7d, got 8d",
      ],
    ],
    [
      "has a key with a domain",
      "version: 1\nlabels:\n  example.org/rack: '1'\n",
      ["policy.yaml:3:3: labels.example.org/rack: a key stands without its domain: rack"],
    ],
    [
      "has keys that Kubernetes refuses",
      `version: 1\nlabels:\n  -a: '1'\n  ${"k".repeat(64)}: '1'\n`,
      [
        'policy.yaml:3:3: labels.-a: a key has letters, digits, "-", "_" and ".", and begins and ends with a letter or digit',
        `policy.yaml:4:3: labels.${"k".repeat(64)}: a key has at most 63 characters`,
      ],
    ],
    [
      "has a label without an expression",
      "version: 1\nlabels:\n  a:\n  b: { c: d }\n",
      [
        "policy.yaml:3:4: labels.a: here stands an expression, not nothing",
        "policy.yaml:4:6: labels.b: here stands an expression, not a map",
      ],
    ],
    [
      "evicts",
      "version: 1\ntaints:\n  - { key: a, effect: NoExecute, when: 'true' }\n",
      [
        "policy.yaml:3:23: taints[0].effect: NoExecute evicts what runs on the node, which a policy's taint must not do; take NoSchedule",
      ],
    ],
    [
      "sets the start-up taint",
      "version: 1\ntaints:\n  - { key: onboarding, effect: NoSchedule, when: 'true' }\n",
      ["policy.yaml:3:12: taints[0].key: this is the start-up taint, with which kubelets register their Nodes; take another key"],
    ],
    [
      "has half a taint",
      "version: 1\ntaints:\n  - { kye: a, effect: NoSchedule }\n",
      [
        "policy.yaml:3:5: taints[0]: key is missing",
        "policy.yaml:3:5: taints[0]: when is missing",
        "policy.yaml:3:7: taints[0].kye: there is no such key; there are key, value, effect, when",
      ],
    ],
    [
      "has a taint that is no condition",
      "version: 1\ntaints: [{ key: a, effect: NoSchedule, when: name }]\n",
      ["policy.yaml:2:46: taints[0].when: it gives a text; here stands what is true or false"],
    ],
    [
      "has a taint twice",
      "version: 1\ntaints:\n  - { key: a, effect: NoSchedule, when: 'true' }\n  - { key: a, effect: NoSchedule, when: 'false' }\n",
      ["policy.yaml:4:5: taints[1]: there is another taint a:NoSchedule before it"],
    ],
    [
      "has an unknown condition, and one twice",
      "version: 1\nconditions: [DiskHealthy, GpuHealthy, DiskHealthy]\n",
      [
        'policy.yaml:2:27: conditions[1]: expected DiskHealthy, TailnetConnected, GPUHealthy or StoragePrerequisites, got "GpuHealthy"; did you mean "GPUHealthy"?',
        "policy.yaml:2:39: conditions[2]: DiskHealthy stands there twice",
      ],
    ],
    [
      "has a wildcard that is no name",
      "version: 1\nadvice: { wildcardName: 'a *' }\n",
      [
        'policy.yaml:2:25: advice.wildcardName: "a *" is no name of DNS: small letters, digits and "-", in parts that dots divide',
      ],
    ],
    ["is too large", `version: 1\n# ${"x".repeat(maximumPolicyBytes)}`, ["policy.yaml: it is larger than 256 KiB"]],
  ];

  it.each(cases)("%s", (_, text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });

  it("is told everything at once, with the place within an expression however it is written", () => {
    const text = `version: 1
labels:
  plain: gpu[0].product
  quoted: 'size(gpu) > 0 ? 1 : null'
  folded: >-
    size(gpus) > 0
    ? gpus[0].prodct
    : null
  literal: |
    name == "neko"
      && machine.bord == "x"
taints:
  - { key: a, effect: NoExecute, when: size(gpus) }
`;

    expect(problemsOf(text).map((problem) => problem.replace(/;.*$/, ""))).toEqual([
      'policy.yaml:3:10: labels.plain: there is no fact "gpu"',
      'policy.yaml:4:17: labels.quoted: there is no fact "gpu"',
      'policy.yaml:7:15: labels.folded: gpus has no "prodct"',
      'policy.yaml:11:18: labels.literal: machine has no "bord"',
      "policy.yaml:13:23: taints[0].effect: NoExecute evicts what runs on the node, which a policy's taint must not do",
      "policy.yaml:13:40: taints[0].when: it gives a number",
    ]);
  });

  it("is told what is broken about its YAML", () => {
    expect(problemsOf("version: 1\nlabels: {\n")[0]).toMatch(/^policy\.yaml:\d+:\d+: it is no YAML: /);
    expect(problemsOf("version: 1\n\tlabels: x\n")[0]).toMatch(/^policy\.yaml:2:1: it is no YAML: /);
    expect(problemsOf("\u0000\u0001")).not.toEqual([]);
  });

  it("is read in no time, however it was made to be slow", () => {
    const layers = Array.from({ length: 40 }, (_, index) => `l${index}: &l${index} [*l${index - 1}, *l${index - 1}]`);
    const bomb = `version: 1\nl-1: &l-1 x\n${layers.join("\n")}\n`;
    const startedAtMs = performance.now();

    expect(problemsOf(bomb).length).toBeGreaterThan(40);
    expect(problemsOf(`version: 1\nlabels: ${"[".repeat(20_000)}`).length).toBeGreaterThan(0);
    expect(performance.now() - startedAtMs).toBeLessThan(20_000);
  });
});
