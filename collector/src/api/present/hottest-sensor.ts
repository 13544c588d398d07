/** The warmest place in the machine. */
import { Outcome, SensorType } from "@nodekeeper/proto";
import type { NodeSummary } from "@nodekeeper/shared/api";
import { type NodeView, valuesOf } from "../../state/node-view.ts";
import { latestNumber } from "./latest-number.ts";

/** The temperature sensor that reads highest; undefined when none is known. */
export function hottestSensor(view: NodeView): NodeSummary["hottestSensor"] {
  let hottest: NodeSummary["hottestSensor"];
  for (const { subject, value } of valuesOf(view, "sensor")) {
    if (subject.outcome === Outcome.ABSENT || value.type !== SensorType.TEMPERATURE) continue;
    const temperatureCelsius = latestNumber(view, subject, "temperature_celsius");
    if (temperatureCelsius === undefined || (hottest !== undefined && temperatureCelsius <= hottest.temperatureCelsius)) continue;
    hottest = { label: [value.chip, value.label].filter((word) => word !== "").join(" "), temperatureCelsius };
  }
  return hottest;
}
