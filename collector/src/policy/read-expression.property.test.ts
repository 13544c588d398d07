/** The promise that all writing stands on: what is not known never changes what an expression comes to. It leaves the value, or decides nothing. */
import fc from "fast-check";
import { expect, it } from "vitest";
import type { FactGroup } from "./known-facts.ts";
import { readExpression } from "./read-expression.ts";
import { type FactsInit, factGroups, madeFacts } from "./test-support/made-facts.ts";

const diskTypes = ["nvme", "ssd", "hdd"];

/** Facts of which every one is known. */
const whole = fc.record({
  name: fc.constantFrom("neko", "panther"),
  machine: fc.record({ board: fc.constantFrom("", "raspberry-pi-5"), memoryGib: fc.integer({ min: 1, max: 32 }) }),
  disks: fc.array(
    fc.record({
      id: fc.constantFrom("a", "b"),
      type: fc.constantFrom(...diskTypes),
      isFast: fc.boolean(),
      health: fc.constantFrom("ok", "failing", ""),
    }),
    { maxLength: 3 },
  ),
  disk: fc.record({ id: fc.constant("a"), type: fc.constantFrom(...diskTypes), isFast: fc.boolean() }),
  systemDisk: fc.record({ id: fc.constant("a"), type: fc.constantFrom(...diskTypes), isFast: fc.boolean() }),
  gpus: fc.array(
    fc.record({
      id: fc.constantFrom("0", "1"),
      vendor: fc.constantFrom("nvidia", "amd"),
      product: fc.constantFrom("rtx-3050-ti", "rx-6600"),
      memoryGib: fc.integer({ min: 0, max: 16 }),
      isIntegrated: fc.boolean(),
    }),
    { maxLength: 3 },
  ),
  tailnet: fc.record({ isInstalled: fc.boolean(), isOnline: fc.boolean(), tags: fc.subarray(["tag:a", "tag:b"]) }),
  ollama: fc.record({ isInstalled: fc.boolean(), isReachable: fc.boolean(), models: fc.subarray(["m1", "m2"]) }),
  cluster: fc.record({ isNode: fc.boolean(), labels: fc.dictionary(fc.constantFrom("a/x", "a/y"), fc.constantFrom("1", "2")) }),
});

const ofGpu = fc.constantFrom(
  "g.vendor == 'nvidia'",
  "g.memory_gib >= 8",
  "g.is_integrated",
  "!g.is_integrated",
  "gpus.all(o, o.id == g.id || o.memory_gib <= g.memory_gib)",
  "g.product.startsWith('rtx')",
);
const macro = fc.constantFrom("exists", "all", "exists_one");

const { condition } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 2, withCrossShrink: true },
    fc.oneof(
      fc.constantFrom(
        "name == 'neko'",
        "machine.board == 'raspberry-pi-5'",
        "machine.memory_gib > 8",
        "system_disk.type in ['nvme', 'ssd']",
        "system_disk.is_fast",
        "disks.exists(d, d.type == 'hdd' && !d.is_fast)",
        "disks.exists(d, d.health == 'failing')",
        "disk.type == 'nvme'",
        "!disk.is_fast",
        "disks.all(d, d.id == disk.id || d.type == disk.type)",
        "size(disks) > 1",
        "size(gpus) == 0",
        "gpus[0].memory_gib > 4",
        "gpus[1].is_integrated",
        "tailnet.is_online",
        "'tag:a' in tailnet.tags",
        "ollama.models.exists(m, m == 'm1')",
        "size(ollama.models) > 0",
        "'a/x' in cluster.labels",
        "cluster.labels['a/y'] == '1'",
        "has(cluster.labels.x)",
        "gpus.map(g, g.memory_gib).exists(m, m > 4)",
        "10 / size(disks) > 4",
      ),
      fc.tuple(macro, ofGpu).map(([name, test]) => `gpus.${name}(g, ${test})`),
      fc.tuple(ofGpu, ofGpu).map(([a, b]) => `size(gpus.filter(g, ${a} || ${b})) > 0`),
    ),
    fc.tuple(tie("condition"), tie("condition")).map(([a, b]) => `(${a} && ${b})`),
    fc.tuple(tie("condition"), tie("condition")).map(([a, b]) => `(${a} || ${b})`),
    tie("condition").map((a) => `!(${a})`),
    fc.tuple(tie("condition"), tie("condition"), tie("condition")).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
  ),
}));

const value = fc.constantFrom(
  ...["null", "true", "'a'", "system_disk.type", "gpus[0].product", "gpus[0].memory_gib", "string(machine.memory_gib)"],
  ...["label(machine.board + 'x')", "gpus.filter(g, !g.is_integrated)[0].product", "cluster.labels['a/x']", "size(disks)"],
);

/** The same facts with some scalars not known. */
function withoutSome(facts: FactsInit, holes: readonly boolean[]): FactsInit {
  let index = 0;
  const isHole = (): boolean => holes[index++ % holes.length] ?? false;
  /** What is no text of an id, no list and no map may be missing. */
  const prick = (message: object): object =>
    Object.fromEntries(
      Object.entries(message).filter(
        ([key, each]) => ["id", "isInstalled", "isNode"].includes(key) || typeof each === "object" || !isHole(),
      ),
    );
  const pricked = Object.entries(facts).map(([group, each]) => {
    if (Array.isArray(each)) return [group, each.map((item: object) => prick(item))];
    return [group, typeof each === "object" && group !== "cluster" ? prick(each) : each];
  });
  return Object.fromEntries(pricked) as FactsInit; // only optional fields were taken out
}

it("never comes to another value for what is not known", () => {
  let decidedCount = 0;
  fc.assert(
    fc.property(
      whole,
      fc.tuple(condition, value, value).map(([test, a, b]) => `${test} ? ${a} : ${b}`),
      fc.subarray([...factGroups]),
      fc.array(fc.boolean(), { minLength: 7, maxLength: 31 }),
      (facts, text, missing, holes) => {
        const read = readExpression(text, { purpose: "label", place: "", domain: "ours.example", readsDisk: true });
        fc.pre(read.kind === "good" || !read.problems.every(({ message }) => message.includes("lists")));
        if (read.kind === "bad") throw new Error(`${text}: ${read.problems.map(({ message }) => message).join("; ")}`);
        const reasons = Object.fromEntries(missing.map((group: FactGroup) => [group, `no word of ${group}`]));
        const all = read.expression.evaluate(madeFacts(facts));
        const some = read.expression.evaluate(madeFacts(withoutSome(facts, holes), reasons));

        if (some.kind === "undecided") return;
        decidedCount += 1;
        expect(all).toMatchObject({ kind: "value", value: some.value });
      },
    ),
    { numRuns: 1_000 },
  );
  expect(decidedCount).toBeGreaterThan(50); // else nothing was shown
});
