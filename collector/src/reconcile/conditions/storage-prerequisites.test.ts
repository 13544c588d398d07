import { LonghornCheckLevel } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { machineThatSaid, type Said } from "../../test-support/judge-machine.ts";
import { aFinding } from "../../test-support/rules.ts";
import { startMs } from "../../test-support/states.ts";
import { toldAbsent, toldLonghorn } from "../test-support/told-machine.ts";
import { findingsOf, worldOf } from "../test-support/world-of.ts";
import type { Judgement } from "./condition.ts";
import { storagePrerequisites } from "./storage-prerequisites.ts";

const holdMs = 10 * 60_000;

/** What it says of a machine that says the same for so long, by the real rules. */
function judge(said: Said, afterMs: number = holdMs): Judgement {
  const node = machineThatSaid(said, { ...said, atMs: startMs + afterMs });
  return storagePrerequisites.judge(worldOf({ node, findings: findingsOf(node, 0, afterMs), afterMs }), "neko");
}

describe("StoragePrerequisites", () => {
  it.each([true, false])("is True where nothing is lacking (Longhorn is there: %s)", (isLonghornHere) => {
    expect(judge(toldLonghorn(isLonghornHere))).toMatchObject({ status: "True", reason: "AllMet" });
  });

  it("is False where Longhorn lacks something, also while no data are on it yet", () => {
    expect(judge(toldLonghorn(true, LonghornCheckLevel.ERROR))).toMatchObject({
      ...{ status: "False", reason: "LonghornPrerequisite" },
      message: "Longhorn lacks something on this node: the service iscsid does not run",
    });
  });

  it("is held until that has lasted: services start late", () => {
    expect(judge(toldLonghorn(true, LonghornCheckLevel.ERROR), 60_000)).toMatchObject({ kind: "hold" });
  });

  it("is True beside what is a warning only", () => {
    expect(judge(toldLonghorn(true, LonghornCheckLevel.WARN))).toMatchObject({ status: "True" });
  });

  it("is False while a disk of Longhorn's is not mounted", () => {
    const findings = [aFinding({ rule: "longhorn-path-unmounted", severity: "high", text: "/mnt/data: not mounted" })];
    const node = machineThatSaid(toldLonghorn(true));

    expect(storagePrerequisites.judge(worldOf({ node, findings }), "neko")).toMatchObject({
      ...{ status: "False", reason: "LonghornPathUnmounted", message: "/mnt/data: not mounted" },
    });
  });

  it("is absent where Longhorn is not and could not be, and on a machine that is none of its", () => {
    expect(judge(toldLonghorn(false, LonghornCheckLevel.ERROR))).toMatchObject({ kind: "absent", text: "Longhorn is not on it" });
    expect(judge(toldAbsent("longhorn"))).toMatchObject({ kind: "absent" });
  });

  it("is held while it is not known how a check came out", () => {
    expect(judge(toldLonghorn(true, LonghornCheckLevel.UNSPECIFIED))).toMatchObject({
      ...{ kind: "hold", reason: "it is not known how the check iscsid came out" },
    });
  });
});
