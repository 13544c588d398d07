/**
 * Recorded disks as the rules judge them: every recorded answer of smartctl goes through the agent's reading and the collector's rules, and what is said
 * of it is held against what stands in the recording itself. A disk that condemns itself is told loudly, one that is well is told not at all.
 */
import { describe, expect, it } from "vitest";
import { judgeAnswer } from "../../agent/src/probes/support/smart/health-answer.ts";
import { missingForRecordings } from "../../agent/src/probes/test-support/recordings.ts";
import { rules } from "../../collector/src/rules/index.ts";
import { machineThatSaid, viewAfter } from "../../collector/src/test-support/judge-machine.ts";
import { indexEntries, textOf } from "./recording-index.ts";

/** What stands in an answer, as smartctl writes it. */
interface Recorded {
  readonly smart_status?: { readonly passed?: boolean };
  readonly rotation_rate?: number;
  readonly nvme_smart_health_information_log?: Readonly<Record<string, number | undefined>>;
  readonly ata_smart_attributes?: { readonly table?: readonly Attribute[] };
}
interface Attribute {
  readonly id: number;
  readonly when_failed?: string;
  readonly raw?: { readonly value?: number };
}

/** Severity by rule, of one recording. */
type Said = ReadonlyMap<string, string>;

const missing = missingForRecordings();
const answers = missing === undefined ? indexEntries().filter(({ kind }) => kind === "smartctl-json") : [];
const judged = answers.flatMap((entry) => {
  const answer = judgeAnswer("/dev/test", { exitCode: 0, stdout: textOf(entry), stderr: "" });
  if (answer.outcome !== "ok") return [];
  const thing = { kind: "disk_health", id: "d", value: { case: "diskHealth" as const, value: answer.health } };
  const view = viewAfter(machineThatSaid({ probe: "smart", things: [thing] }));
  const raised = rules.flatMap((rule) =>
    rule
      .evaluate(view, () => undefined)
      .flatMap((verdict) => (verdict.kind === "raise" ? [[rule.code, verdict.severity ?? rule.severity] as const] : [])),
  );
  // The shape is smartctl's; each field is looked at as unknown to be there.
  return [{ file: entry.file, recorded: JSON.parse(textOf(entry)) as Recorded, said: new Map(raised) satisfies Said }];
});

function of(what: (recorded: Recorded) => boolean): readonly (typeof judged)[number][] {
  return judged.filter(({ recorded }) => what(recorded));
}

/** Raw value of an attribute; undefined where vendors pack several numbers into it. */
function rawOf({ ata_smart_attributes }: Recorded, id: number): number {
  const value = ata_smart_attributes?.table?.find((attribute) => attribute.id === id)?.raw?.value ?? 0;
  return value < 65_536 ? value : 0;
}
const log = ({ nvme_smart_health_information_log }: Recorded) => nvme_smart_health_information_log;
const isFailingNow = ({ ata_smart_attributes }: Recorded): boolean =>
  ata_smart_attributes?.table?.some(({ when_failed }) => when_failed === "now") === true;

describe.skipIf(missing !== undefined)(
  `recorded disks and the rules${missing === undefined ? "" : ` (skipped: ${missing})`}`,
  () => {
    it("are there in number", () => {
      expect(judged.length).toBeGreaterThan(100);
    });

    it("tells loudly of each that says FAILED, and of an NVMe disk that gives itself up, of which none was recorded yet", () => {
      const failed = of((recorded) => recorded.smart_status?.passed === false && log(recorded) === undefined);
      const givenUp = of((recorded) => ((log(recorded)?.["critical_warning"] ?? 0) & 0b1101) !== 0);

      expect(failed.length).toBeGreaterThan(0);
      for (const { file, said } of failed) expect(said.get("disk-declares-failure"), file).toBe("high");
      for (const { file, said } of givenUp) expect(said.get("nvme-critical-warning"), file).toBe("high");
    });

    it("tells of wear by the disk's own number", () => {
      expect(of((recorded) => log(recorded)?.["percentage_used"] !== undefined).length).toBeGreaterThan(10);
      for (const { file, recorded, said } of judged) {
        const used = log(recorded)?.["percentage_used"];
        if (used === undefined) continue;
        expect(said.get("disk-worn"), file).toBe(used >= 90 ? "medium" : used >= 80 ? "low" : undefined);
      }
    });

    it("tells of hard disks that count what failing disks count, and of no SSD", () => {
      const counting = of(
        (recorded) => (recorded.rotation_rate ?? 0) > 0 && (rawOf(recorded, 197) >= 1 || rawOf(recorded, 198) >= 1),
      );

      expect(counting.length).toBeGreaterThan(0);
      for (const { file, said } of counting) expect(["medium", "high"], file).toContain(said.get("ata-attributes-failing"));
      for (const { file, said } of of(({ rotation_rate }) => rotation_rate === 0)) {
        expect(said.has("ata-attributes-failing"), file).toBe(false);
      }
    });

    it("is not loud about any that is well by its own word and its own counts", () => {
      const well = of((recorded) => {
        const nvme = log(recorded);
        const isQuiet = [5, 10, 184, 187, 188, 196, 197, 198, 199].every((id) => rawOf(recorded, id) === 0);
        const isSelfContent = recorded.smart_status?.passed === true && (nvme?.["critical_warning"] ?? 0) === 0;
        const isSpared = nvme === undefined || (nvme["available_spare"] ?? 100) > (nvme["available_spare_threshold"] ?? 0) + 10;
        return isSelfContent && isQuiet && isSpared && !isFailingNow(recorded) && (nvme?.["percentage_used"] ?? 0) < 80;
      });
      const quiet = ["disk-known-trouble", "nvme-too-hot", "disk-self-test-failed", "disk-worn"];

      expect(well.length).toBeGreaterThan(50);
      for (const { file, said } of well) {
        const loud = [...said].filter(([code, severity]) => severity === "high" || !quiet.includes(code));
        expect(loud, file).toEqual([]);
      }
    });
  },
);
