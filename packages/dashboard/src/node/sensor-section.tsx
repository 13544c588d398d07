/** Temperatures, fans and voltages. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { numberField, textField } from "@nodekeeper/shared/fields";
import { formatCelsius } from "@nodekeeper/shared/format";
import { presentSubjects, sensorName, sensorText } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";

/** Small tiles, by chip. */
export function SensorSection(props: { readonly subjects: readonly SubjectBody[] }): JSX.Element | null {
  const sensors = presentSubjects(props.subjects, "sensor");
  if (sensors.length === 0) return null;
  return (
    <section>
      <h2>Sensors</h2>
      <dl class="facts">
        {sensors.map((sensor) => (
          <div key={sensor.id} class={sensor.samples["is_alarm"] === 1 ? "alarm" : ""}>
            <dt>{sensorName(sensor)}</dt>
            <dd>
              {sensorText(sensor)} <span class="quiet">{limitOf(sensor)}</span>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function limitOf(sensor: SubjectBody): string {
  const critical = numberField(sensor, "critical");
  return critical === undefined || textField(sensor, "type") !== "temperature" ? "" : `critical at ${formatCelsius(critical)}`;
}
