/** Expressions: what they come to, when they cannot be decided, and what is found wrong before. */
import { describe, expect, it } from "vitest";
import type { Decided } from "./expression.ts";
import type { KnownFacts } from "./known-facts.ts";
import { type ExpressionUse, readExpression } from "./read-expression.ts";
import { bobcat, neko, panther, siberian } from "./test-support/machines.ts";
import { madeFacts } from "./test-support/made-facts.ts";

const domain = "nodekeeper.example";
const silent = { gpus: "the probe gpu was not heard of since 12:03 UTC" };

function read(text: string, purpose: ExpressionUse["purpose"] = "label"): ReturnType<typeof readExpression> {
  return readExpression(text, { purpose, place: "policy.yaml:1:1", domain });
}

function decide(text: string, facts: KnownFacts, purpose: ExpressionUse["purpose"] = "label"): Decided {
  const result = read(text, purpose);
  if (result.kind === "bad") throw new Error(result.problems.map(({ message }) => message).join("; "));
  return result.expression.evaluate(facts);
}

function outcomeOf(text: string, facts: KnownFacts): string | boolean | null | undefined {
  const decided = decide(text, facts);
  return decided.kind === "value" ? decided.value : undefined;
}

function reasonOf(text: string, facts: KnownFacts, purpose?: ExpressionUse["purpose"]): string {
  const decided = decide(text, facts, purpose);
  return decided.kind === "undecided" ? decided.reason : `it came to ${decided.value}`;
}

describe("an expression comes to", () => {
  const values: readonly (readonly [text: string, value: string | boolean | null])[] = [
    ["name", "panther"],
    ["system_disk.type", "ssd"],
    ["gpus[0].product", "rtx-3050-ti"],
    ["gpus[0].memory_gib", "4"],
    ["gpus[0].memory_gib / 2", "2"],
    ["double(gpus[0].memory_gib) / 8.0", "0.5"],
    ["double(gpus[0].memory_gib) / 2.0", "2"],
    ["size(gpus)", "2"],
    ["size(disks) > 1", false],
    ["gpus.exists(g, g.vendor == 'nvidia')", true],
    ["gpus.filter(g, !g.is_integrated)[0].product", "rtx-3050-ti"],
    ["gpus.all(g, g.memory_gib >= 4)", false],
    ["size(disks) == 0 ? 'none' : null", null],
    ["'tag:server' in tailnet.tags", true],
    ["ollama.models.exists(m, m.startsWith('nomic'))", true],
    ["label(gpus[0].product_name)", "nvidia-geforce-rtx-3050-ti-laptop-gpu"],
    ["machine.kernel_release.matches('^6[.]')", true],
    ["machine.architecture + '-' + machine.os_id", "amd64-debian"],
    ["cluster.labels['kubernetes.io/hostname']", "panther"],
    ["'example.org/x' in cluster.labels ? cluster.labels['example.org/x'] : null", null],
    ["gpus.map(g, g.memory_gib).exists(m, m >= 4)", true],
    ["null", null],
    ["'fixed'", "fixed"],
  ];

  it.each(values)("%s", (text, value) => {
    expect(outcomeOf(text, madeFacts(panther))).toBe(value);
  });
});

describe("what is not known", () => {
  it("leaves an expression undecided that reads it, and says why", () => {
    expect(decide("size(gpus) > 0", madeFacts(panther, silent))).toMatchObject({ kind: "undecided", reason: silent.gpus });
  });

  it("is carried by and, or and exists as Kleene's logic has it", () => {
    const facts = madeFacts({ ...panther, disks: [{ id: "a" }, { id: "b", type: "hdd" }] }, silent);

    expect(outcomeOf("name == 'neko' && size(gpus) > 0", facts)).toBe(false);
    expect(outcomeOf("size(gpus) > 0 && name == 'neko'", facts)).toBe(false);
    expect(outcomeOf("size(gpus) > 0 || name == 'panther'", facts)).toBe(true);
    expect(outcomeOf("disks.exists(d, d.type == 'hdd')", facts)).toBe(true);
    expect(outcomeOf("disks.all(d, d.type == 'nvme')", facts)).toBe(false);
    expect(reasonOf("disks.exists(d, d.type == 'nvme')", facts)).toBe("disks a.type is not known");
    expect(reasonOf("name == 'panther' && size(gpus) > 0", facts)).toBe(silent.gpus);
  });

  it("is told in full where several facts are missing", () => {
    const facts = madeFacts(panther, { ...silent, machine: "the probe system could not tell" });

    expect(reasonOf("size(gpus) > 0 || machine.board == 'x'", facts)).toBe(`${silent.gpus}; the probe system could not tell`);
  });

  it("is a scalar that is unset, and a list that is not whole", () => {
    const facts = madeFacts(
      { ...neko, machine: {}, ollama: { isInstalled: true } },
      {},
      { ollama: { models: "it does not run" } },
    );

    expect(reasonOf("machine.memory_gib >= 8", facts)).toBe("machine.memory_gib is not known");
    expect(reasonOf("size(ollama.models)", facts)).toBe("it does not run");
    expect(outcomeOf("ollama.is_installed", facts)).toBe(true);
  });

  it("is not needed where it is not read", () => {
    expect(outcomeOf("system_disk.type", madeFacts(neko, silent))).toBe("nvme");
  });
});

describe("a mistake of an expression", () => {
  it("is undecided, and told apart from what is not known", () => {
    expect(reasonOf("gpus[0].product", madeFacts(neko))).toMatch(
      /makes no sense for this node: it takes of a list what is not in it/,
    );
    expect(reasonOf("cluster.labels['a/b']", madeFacts(neko))).toMatch(/there is no "a\/b" in the map/);
    expect(reasonOf("10 / size(gpus)", madeFacts(neko))).toMatch(/makes no sense for this node: int divide by zero/);
  });

  it("is a text that no label can have, with what it could be", () => {
    expect(reasonOf("machine.kernel_release", madeFacts(bobcat))).toBe(
      '"6.12.47+rpt-rpi-2712" cannot be a label\'s value, which has at most 63 letters, digits, "-", "_" and "."; ' +
        'label(…) makes "6.12.47-rpt-rpi-2712" of it',
    );
    expect(reasonOf("-size(disks)", madeFacts(neko))).toMatch(/"-1" cannot be a label's value/);
  });

  it("is a list, and of a condition everything but true and false", () => {
    expect(reasonOf("size(gpus) > 0 ? gpus.map(g, g.product) : null", madeFacts(siberian))).toMatch(
      /came to something that is no text/,
    );
    expect(reasonOf("cluster.is_node ? null : true", madeFacts(neko), "condition")).toMatch(/neither true nor false/);
  });
});

describe("what was read on the way", () => {
  it("is told group by group, in the order of reading", () => {
    const { reads } = decide("ollama.is_installed && size(gpus) > 0", madeFacts(panther));

    expect(reads.map(({ path }) => path)).toEqual(["ollama", "gpus"]);
    expect(reads[0]?.value).toMatch(/^is_installed true, version 0\.12\.3/);
  });

  it("is only what the last evaluation read", () => {
    const facts = madeFacts(panther);
    decide("size(gpus)", facts);

    expect(decide("system_disk.type", facts).reads.map(({ path }) => path)).toEqual(["system_disk"]);
  });

  it("never has labels of our own", () => {
    const facts = madeFacts({ ...neko, cluster: { isNode: true, labels: { [`${domain}/x`]: "1", "a/x": "2" } } });

    expect(outcomeOf(`'${domain}/x' in cluster.labels`, facts)).toBe(false);
    expect(outcomeOf("cluster.labels['a/x']", facts)).toBe("2");
  });
});

describe("before it is evaluated, an expression is refused", () => {
  const problems: readonly (readonly [text: string, offset: number, message: RegExp])[] = [
    ["gpu[0].product", 0, /^there is no fact "gpu"; did you mean "gpus"\?$/],
    ["qqqqqq", 0, /^there is no fact "qqqqqq"; there are name, machine, disks/],
    ["system_disk.typ", 12, /^system_disk has no "typ"; did you mean "type"\?$/],
    ["gpus.exists(g, g.memory >= 8)", 17, /^gpus has no "memory"/],
    ["gpus.product", 4, /^a list of facts has no "product"; go over it with exists/],
    ["machine.board.x", 13, /^a text has no "x"$/],
    ["system_disk.type == 4", 17, /^a text is never equal to a number$/],
    ["system_disk.type < 4", 17, /^< does not go with a text and a number$/],
    ["system_disk.type && true", 11, /^&& goes with true and false, not a text$/],
    ["!system_disk.type", 12, /^! goes with true and false, not a text$/],
    ["system_disk.type ? 1 : 2", 11, /^before \? stands what is true or false, not a text$/],
    ["machine.board == null", 14, /^a fact is never null/],
    ["gpus == []", 5, /^facts cannot be compared as a whole.*compare size\(\) with 0$/],
    ["gpus[0] in gpus", 8, /^facts cannot be compared as a whole/],
    ["{'a': gpus[0]} == {'a': 1}", 0, /^a map cannot hold facts as a whole/],
    ["[gpus[0], 1] == []", 0, /^facts of different kinds cannot stand for each other/],
    ["(name == 'x' ? gpus[0] : null) == null", 1, /^facts of different kinds/],
    ["(disks + gpus)[0] == 1", 7, /^facts of different kinds/],
    ["gpus + gpus == gpus", 12, /^facts cannot be compared as a whole/],
    ["4 in tailnet.tags", 2, /^a number is never in a list of which each is a text$/],
    ["'a' in machine", 4, /^a group of facts is no list to be in$/],
    ["has(machine.board)", 0, /^has\(machine\.board\) would take what is not known for absent/],
    ["lenght(gpus)", 0, /^there is no function "lenght"/],
    ["machine.board.startWith('x')", 14, /^there is no function "startWith"; did you mean "startsWith"\?$/],
    ["gpus.exist(g, g.vendor == 'x')", 5, /^there is no function "exist"; did you mean "exists"\?$/],
    ["gpus.exists(g)", 5, /^exists\(\) goes over a list with a name for each/],
    ["size(machine)", 0, /^size\(\) does not go with a group of facts$/],
    ["machine['board']", 7, /^a fact is read as machine\.name/],
    ["gpus['x']", 4, /^a place in a list is a number/],
    ["machine.board.matches('[')", 13, /^its pattern is no regular expression/],
    ["machine.board + 4", 14, /^\+ does not go with a text and a number$/],
    ["name.exists(n, n == 'x')", 4, /^a text is no list that one could go over$/],
    ["type(name) == name", 0, /^there is no function "type"/],
    ["gpus.all(a, gpus.all(b, gpus.all(c, true)))", 28, /^more than 2 lists are gone over within each other$/],
    ["gpus", 0, /^it gives a list of facts; a label is a text/],
    ["machine", 0, /^it gives a group of facts; a label is a text/],
    ["Google{}", 0, /cannot be made here$/],
    ["1 +* 2", 2, /^it is no expression of CEL: found \+/],
    ["", 0, /^it is no expression of CEL: found end of input$/],
    [`${"(".repeat(1_000)}1${")".repeat(1_000)}`, 0, /^it is nested too deep$/],
    [`name == '${"x".repeat(2_048)}'`, 0, /^it is longer than 2048 characters$/],
  ];

  it.each(problems)("%s", (text, offset, message) => {
    const result = read(text);

    expect(result).toMatchObject({ kind: "bad", problems: [{ offset, message: expect.stringMatching(message) }] });
  });

  it("with everything that is wrong with it at once", () => {
    const result = read("gpu[0].product == 4 && system_disk.typ == 'x'");

    expect(result.kind === "bad" && result.problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('there is no fact "gpu"'),
      expect.stringContaining('system_disk has no "typ"'),
    ]);
  });

  it("where a condition could never be true or false", () => {
    expect(read("name", "condition")).toMatchObject({
      problems: [{ message: "it gives a text; here stands what is true or false" }],
    });
    expect(read("size(gpus) > 0", "condition").kind).toBe("good");
  });
});
