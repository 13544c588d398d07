import { describe, expect, it } from "vitest";
import { type Notice, type NoticeItem, snapshotOf, type Telling } from "../notice.ts";
import { aFinding, resolved } from "../test-support/a-finding.ts";
import { wordsOf } from "./notice-words.ts";

const limits = { maximumLength: 4_000 };

function told(telling: Telling, changes: Parameters<typeof aFinding>[0] = {}): NoticeItem {
  const finding = aFinding(changes);
  return { telling, finding: snapshotOf(telling === "resolved" ? resolved(finding) : finding) };
}

function notice(...items: readonly NoticeItem[]): Notice {
  return { id: "1", channel: "phone", atMs: 0, items };
}

describe("the words of a notice", () => {
  it.each<readonly [Telling, string, string, string]>([
    ["firing", "neko: A disk is worn out", "nvme0n1 has used 104 % of its life\nWhat to do: Replace it soon.", "alarm"],
    ["worse", "neko: worse: A disk is worn out", "nvme0n1 has used 104 % of its life\nWhat to do: Replace it soon.", "alarm"],
    [
      "resolved",
      "neko: resolved: A disk is worn out",
      "It was: nvme0n1 has used 104 % of its life\nIt is over after 2 h.",
      "calm",
    ],
    [
      "flapping",
      "neko: flapping: A disk is worn out",
      "nvme0n1 has used 104 % of its life\nIt comes and goes; you are told again when it is calm.\nWhat to do: Replace it soon.",
      "alarm",
    ],
    ["advice", "neko: advice: A disk is worn out", "nvme0n1 has used 104 % of its life\nWhat to do: Replace it soon.", "quiet"],
  ])("that tells of one finding that is %s", (telling, title, text, mood) => {
    expect(wordsOf(notice(told(telling)), limits)).toEqual({ title, paragraphs: [text], place: "#/nodes/neko", mood });
  });

  it("that tells of several has them by nodes, what fires first", () => {
    const words = wordsOf(
      notice(told("resolved", { node: "bobcat" }), told("firing", { node: "panther" }), told("firing", { node: "neko" })),
      limits,
    );

    expect(words).toMatchObject({ title: "3 nodes: 2 problems, 1 resolved", place: "#/findings", mood: "alarm" });
    expect(words.paragraphs.map((text) => text.split("\n")[0])).toEqual([
      "neko: A disk is worn out",
      "panther: A disk is worn out",
      "bobcat: resolved: A disk is worn out",
    ]);
  });

  it("says what ended a finding where nobody saw it end", () => {
    const item = told("resolved", { resolvedBecause: "the node was retired" });

    expect(wordsOf(notice(item), limits).paragraphs[0]).toContain("It is over after 2 h: the node was retired.");
  });

  it("counts what there is no room for", () => {
    const items = Array.from({ length: 32 }, (_, index) => told("firing", { subject: { kind: "disk", id: `${index}` } }));
    const words = wordsOf(notice(...items), { maximumLength: 1_000 });

    expect(words.paragraphs.join("\n\n").length).toBeLessThanOrEqual(1_000);
    expect(words.paragraphs.at(-1)).toBe(`and ${32 - words.paragraphs.length + 1} more`);
    expect(wordsOf(notice(...items), { maximumLength: 100_000 }).paragraphs.at(-1)).toBe("and 12 more");
  });

  it("tells a storm by rules", () => {
    const items = Array.from({ length: 34 }, (_, index) =>
      told("firing", {
        node: `n${String(index).padStart(2, "0")}`,
        title: index < 30 ? "A node does not report" : "A disk is worn out",
      }),
    );
    const words = wordsOf(notice(...items), limits);

    expect(words.title).toBe("34 nodes: 34 problems");
    expect(words.paragraphs).toEqual([
      "A node does not report: 30 nodes: n00, n01, n02, n03 and 26 more",
      "A disk is worn out: 4 nodes: n30, n31, n32 and n33",
    ]);
  });

  it("lets no name of an agent be more than a name", () => {
    const words = wordsOf(notice(told("firing", { node: "a\nb\u202e\u001b[31m", text: "x\r\n\r\ny" })), limits);

    expect(words.title).toBe("a b\ufffd\ufffd[31m: A disk is worn out");
    expect(words.paragraphs).toEqual(["x y\nWhat to do: Replace it soon."]);
    expect(words.place).toBe("#/nodes/a%0Ab%E2%80%AE%1B%5B31m");
  });

  it("cuts one that is too long by itself, as the other side counts", () => {
    const words = wordsOf(notice(told("firing", { text: "ü".repeat(600) })), {
      maximumLength: 300,
      lengthOf: (text) => Buffer.byteLength(text),
    });

    expect(Buffer.byteLength(words.paragraphs.join())).toBeLessThanOrEqual(300);
    expect(words.paragraphs[0]).toMatch(/ü…$/);
  });
});
