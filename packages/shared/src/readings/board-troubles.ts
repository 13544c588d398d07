/** What is wrong with a Raspberry Pi: its power and its heat, and what weak power does to its NVMe drive. */
import type { SubjectBody } from "../api/node.ts";
import { booleanField, numberField, textField } from "./fields.ts";
import { presentSubjects } from "./subjects.ts";
import type { Trouble, TroubleLevel } from "./trouble.ts";

const place = "board";
/** What weak power makes of an NVMe controller. */
const resetCodes: readonly string[] = ["nvme-controller-reset", "nvme-timeout", "nvme-controller-lost"];

/** What has not come back for so long was a chance, or was mended: the firmware remembers it until the machine is started anew. */
const rememberedForMs = 7 * 86_400_000;

/** Of the board, where it is one. `nowMs` is ms since 1970. */
export function boardTroubles(subjects: readonly SubjectBody[], nowMs: number): readonly Trouble[] {
  const faults = presentSubjects(subjects, "kernel_fault");
  const isRecent = (fault: SubjectBody): boolean => nowMs - (numberField(fault, "lastAtUnixMs") ?? nowMs) < rememberedForMs;
  const hasReset = faults.some((fault) => resetCodes.includes(textField(fault, "code")) && isRecent(fault));
  const dips = faults.filter((fault) => textField(fault, "code") === "undervoltage");
  const wasLately = dips.length === 0 || dips.some(isRecent);
  const needsCgroup = presentSubjects(subjects, "k3s").length > 0;
  return presentSubjects(subjects, "raspberry_pi").flatMap((board) => {
    const is = (field: string): boolean => booleanField(board, field) === true;
    const isWeak = is("isUnderVoltage") || (is("hasBeenUnderVoltage") && wasLately);
    const power: Trouble = {
      level: hasReset ? "high" : is("isUnderVoltage") ? "medium" : "low",
      place,
      text: `its supply voltage ${is("isUnderVoltage") ? "is" : "was"} too low${hasReset ? ", and its NVMe drive dropped out: the power supply is the likely cause" : ""}`,
    };
    const others: readonly (readonly [boolean, TroubleLevel, string])[] = [
      [is("isThrottled"), "medium", "it is throttled"],
      [is("isAtSoftTemperatureLimit"), "low", "it is at its temperature limit, and slows down"],
      [
        needsCgroup && booleanField(board, "isMemoryCgroupEnabled") === false,
        "high",
        "the memory controller of cgroups is off, without which K3s does not start",
      ],
    ];
    return [...(isWeak ? [power] : []), ...others.flatMap(([isSo, level, text]) => (isSo ? [{ level, place, text }] : []))];
  });
}
