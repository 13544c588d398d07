/** A recorded tree of /sys with eleven chips, held against what awk makes of it. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { Outcome } from "@nodekeeper/proto";
import { systemClock } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import { createLocalHost } from "../host/local-host.ts";
import { sensors } from "./sensors.ts";
import { factsAt, runToPayload, samplesAt } from "./test-support/payload-view.ts";
import { unpackTtar } from "./test-support/recorded-trees.ts";
import { missingForRecordings, recordingsFolder } from "./test-support/recordings.ts";

const missing = missingForRecordings();
const note = missing === undefined ? "" : ` (skipped: ${missing})`;
const archive = "sys/node_exporter__sys.ttar";

/** Every temperature of a named chip, as "chip channel value" by the archive's own text. */
function temperaturesByAwk(): readonly string[] {
  const program = `
    /^Path: .*hwmon[0-9]+\\/name$/ { d = $2; sub(/\\/name$/, "", d); getline; getline; name[d] = $0 }
    /^Path: .*hwmon[0-9]+\\/temp[0-9]+_input$/ { p = $2; getline; getline; value[p] = $0 }
    END { for (p in value) { d = p; sub(/\\/[^\\/]*$/, "", d); c = p; sub(/.*\\//, "", c); sub(/_input$/, "", c);
          if (d in name) print name[d], c, value[p] / 1000 } }`;
  const text = execFileSync("awk", [program, join(recordingsFolder, archive)], { encoding: "utf8" });
  return text.trim().split("\n").sort();
}

describe.skipIf(missing !== undefined)(`a recorded tree of sensors${note}`, () => {
  it("has every temperature that awk finds", async () => {
    using tree = unpackTtar({ [archive]: "." });
    const expected = temperaturesByAwk();
    expect(expected.length).toBeGreaterThan(15);

    const payload = await runToPayload(sensors, createLocalHost({ root: tree.root, clock: systemClock }));

    const found = payload.samples
      .filter((sample) => sample.name === "temperature_celsius")
      .map((sample) => `${sample.id.split("/")[0]} ${sample.id.split("/").at(-1)} ${sample.value}`)
      .filter((line) => !line.startsWith("cpu-thermal temp ")); // a thermal zone, not a chip
    expect(found.sort()).toEqual(expected.filter((line) => !/^(?:nvme|i350bb) /.test(line))); // not linked from /sys/class
  });

  it("tells chips, limits and the zone, and says that one chip has no name", async () => {
    using tree = unpackTtar({ [archive]: "." });

    const payload = await runToPayload(sensors, createLocalHost({ root: tree.root, clock: systemClock }));

    expect(factsAt(payload, "sensor", "coretemp/coretemp.1/temp2")).toEqual({
      chip: "coretemp",
      label: "Core 0",
      type: "SENSOR_TYPE_TEMPERATURE",
      device: "coretemp.1",
      maximum: 84,
      critical: 100,
    });
    expect(samplesAt(payload, "sensor", "nct6779/fan2")).toEqual({ speed_rpm: 1098, is_alarm: 0 });
    expect(samplesAt(payload, "sensor", "cpu-thermal/temp")).toEqual({ temperature_celsius: 12.376 });
    expect(payload.subjects.filter((subject) => subject.outcome !== Outcome.OK)).toEqual([]);
    expect(payload.lists).toMatchObject([
      { isComplete: false, failure: { code: "HOST_FILE_MISSING", message: "/sys/class/hwmon/hwmon4/name is missing" } },
    ]);
  });
});
