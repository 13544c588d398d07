import { describe, expect, it } from "vitest";
import { judge, machineThatSaid, type Said, severityIn } from "../test-support/judge-machine.ts";
import { longhornPathUnmounted } from "./longhorn-path-unmounted.ts";

const path = "/var/lib/longhorn/disk2";

function said(...problems: readonly string[]): Said {
  const things = problems.map((problem) => ({
    ...{ kind: "longhorn_path", id: path },
    value: { case: "longhornPath", value: { problem, message: "", remedy: "", expectedSource: "UUID=1" } } as const,
  }));
  return { probe: "longhorn", things, whole: ["longhorn_path"] };
}
const of = (...told: readonly Said[]) =>
  severityIn(longhornPathUnmounted, judge(longhornPathUnmounted, machineThatSaid(...told)));

describe("longhornPathUnmounted", () => {
  it.each(["unmounted", "on-root-filesystem", "empty"])("is loud about a path that is %s", (problem) => {
    expect(judge(longhornPathUnmounted, machineThatSaid(said(problem)))).toMatchObject([
      { kind: "raise", text: `${path}: ${problem.replaceAll("-", " ")}`, action: expect.stringContaining(`mount ${path}`) },
    ]);
    expect(of(said(problem))).toBe("high");
  });

  it("ends when the path is well again, and concludes nothing from silence", () => {
    expect(of(said("unmounted"), said())).toBe("clear");
    expect(of(said("unmounted"), { ...said(), whole: [] })).toBe("high");
    expect(severityIn(longhornPathUnmounted, judge(longhornPathUnmounted, machineThatSaid(said("empty")), 3_600_000))).toBe(
      "hold",
    );
  });
});
