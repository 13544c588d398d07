import { describe, expect, it } from "vitest";
import { aLonghorn, type VolumeInit } from "../../longhorn/test-support/made-longhorn.ts";
import { judgeCluster, saidBy, textOf } from "../../test-support/judge-cluster.ts";
import { startMs } from "../../test-support/states.ts";
import { volumeBackupOld as rule } from "./volume-backup-old.ts";

const hourMs = 3_600_000;

function volume(name: string, hoursAgo: number | undefined, more: Partial<VolumeInit> = {}): VolumeInit {
  return { name, ...(hoursAgo === undefined ? {} : { lastBackupAtMs: startMs - hoursAgo * hourMs }), ...more };
}
const judge = (...volumes: readonly VolumeInit[]) => judgeCluster(rule, { longhorn: aLonghorn({ volumes }) });
const said = (...volumes: readonly VolumeInit[]) => saidBy(rule, judge(...volumes))[""];

describe("volume-backup-old", () => {
  it("is one finding about many volumes, which names them as people know them", () => {
    const claim = { namespace: "media", name: "jellyfin-config", workloads: [] };
    const verdicts = judge(volume("pvc-1", 72, { claim }), volume("pvc-2", 30), volume("pvc-3", 20));

    expect(verdicts).toHaveLength(1);
    expect(textOf(verdicts)).toBe(
      "of 3 volumes that Longhorn backs up, the last backup of 2 is older than 26 h: media/jellyfin-config and pvc-2",
    );
    expect(verdicts[0]).toMatchObject({ evidence: [{ name: "media/jellyfin-config" }, { name: "pvc-2" }] });
  });

  it("stays one sentence and one finding for a thousand", () => {
    const verdicts = judge(...Array.from({ length: 1_000 }, (_, index) => volume(`pvc-${index}`, 72)));

    expect(verdicts).toHaveLength(1);
    expect(textOf(verdicts)).toBe(
      "of 1000 volumes that Longhorn backs up, the last backup of all is older than 26 h: pvc-0, pvc-1, pvc-10, pvc-100 and 996 more",
    );
    expect(verdicts[0]?.kind === "raise" && verdicts[0].evidence).toHaveLength(32);
  });

  it("has nothing to say of volumes that nobody backs up, of those that are detached, and of backups of last night", () => {
    expect(said(volume("a", undefined), volume("b", 72, { state: "detached" }), volume("c", 25))).toBe("clear");
    expect(said()).toBe("clear");
  });

  it("grows loud with the second backup that was missed, and is told anew with each", () => {
    expect(judge(volume("a", 51))).toMatchObject([{ severity: "medium", measure: { level: 1 } }]);
    expect(judge(volume("a", 53), volume("b", 30))).toMatchObject([{ severity: "high", measure: { level: 2 } }]);
    expect(judge(volume("a", 80))).toMatchObject([{ severity: "high", measure: { level: 3 } }]);
  });

  it("waits while Longhorn is not known", () => {
    expect(saidBy(rule, judgeCluster(rule, {}))[""]).toBe("hold");
  });
});
