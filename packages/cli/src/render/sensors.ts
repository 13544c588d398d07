/** All sensors, for the long form; the short one has a line of the hottest. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { numberField, textField } from "@nodekeeper/shared/fields";
import { formatCelsius } from "@nodekeeper/shared/format";
import { presentSubjects, sensorName, sensorText } from "@nodekeeper/shared/readings";
import type { Cell, Column } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { section, type View } from "./section.ts";

const columns: readonly Column[] = [
  { title: "SENSOR" },
  { title: "VALUE", align: "right" },
  { title: "CRITICAL", align: "right" },
  { title: "DEVICE" },
];

/** The table; "" in the short form. */
export function renderSensors(terminal: Terminal, subjects: readonly SubjectBody[], view: View): string {
  if (!view.isAll) return "";
  const rows = presentSubjects(subjects, "sensor").map((sensor): readonly Cell[] => {
    const critical = numberField(sensor, "critical");
    const isTemperature = textField(sensor, "type") === "temperature";
    return [
      sensorName(sensor),
      { text: sensorText(sensor), tone: sensor.samples["is_alarm"] === 1 ? "bad" : "plain" },
      critical === undefined || !isTemperature ? "" : formatCelsius(critical),
      textField(sensor, "device"),
    ];
  });
  return section(terminal, view, { columns, rows, limit: rows.length });
}
