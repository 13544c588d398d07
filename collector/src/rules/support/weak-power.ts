/** Whether a board lacks power, by what its firmware says and by when the kernel told of it. */
import { Outcome, type RaspberryPi } from "@nodekeeper/proto";
import { type NodeView, valuesOf } from "../../state/node-view.ts";
import { onOurClock } from "./node-clock.ts";

/** What has not come back for so long was a chance, or was mended: the firmware remembers it until the machine is started anew. */
export const rememberedForMs: number = 7 * 24 * 3_600_000;

/** True where the board tells of too low a voltage, now or lately: faults of its NVMe drive are consequences of that. */
export function hasWeakPower(view: NodeView): boolean {
  return valuesOf(view, "raspberryPi").some(({ subject: { outcome, freshness }, value }) => {
    return outcome === Outcome.OK && freshness === "fresh" && isWeak(value, view);
  });
}

/** True where the board surely has the power that it needs, and had it of late. */
export function hasGoodPower(view: NodeView): boolean {
  const boards = valuesOf(view, "raspberryPi");
  return (
    boards.length > 0 &&
    boards.every(({ subject: { outcome, freshness }, value }) => {
      const isKnown = value.isUnderVoltage !== undefined || value.hasBeenUnderVoltage !== undefined;
      return outcome === Outcome.OK && freshness === "fresh" && isKnown && !isWeak(value, view);
    })
  );
}

/** True while the voltage is too low, and for a week after the last time. */
export function isWeak({ isUnderVoltage, hasBeenUnderVoltage }: RaspberryPi, view: NodeView): boolean {
  return isUnderVoltage === true || (hasBeenUnderVoltage === true && !isLongAgo(view));
}

/** By the kernel's log; where that speaks and does not tell of it, it was before the log begins, and so when the machine was started. */
function isLongAgo(view: NodeView): boolean {
  const told = valuesOf(view, "kernelFault").find(
    ({ subject, value }) => value.code === "undervoltage" && subject.outcome !== Outcome.FAILED,
  );
  if (told?.subject.outcome === Outcome.OK) {
    const lastAtMs = onOurClock(told.value.lastAtUnixMs, view);
    return lastAtMs !== undefined && view.nowMs - lastAtMs >= rememberedForMs;
  }
  const isLogKnown = view.probes.some(
    ({ name, outcome, freshness }) => name === "kernel-log" && outcome === Outcome.OK && freshness === "fresh",
  );
  const system = view.subjects.find(({ kind }) => kind === "operating_system");
  const uptimeSeconds = system?.samples.get("uptime_seconds");
  return isLogKnown && uptimeSeconds !== undefined && uptimeSeconds * 1000 >= rememberedForMs;
}
