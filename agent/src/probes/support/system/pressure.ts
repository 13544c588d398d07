/** Kind pressure: how long work waited for CPU, memory and I/O (kernel documentation, psi.rst). */
import { errnoOf } from "../../../host/host-error.ts";
import { type HostFiles, textAt } from "../host-files.ts";
import { integerIn, malformed, numberIn } from "../malformed.ts";
import { sectionOf } from "../section.ts";
import type { SystemSection } from "./system-section.ts";

const resources = ["cpu", "memory", "io"] as const;

/** The section: three subjects. */
export const pressure: SystemSection = {
  folders: () => [],
  files: () => resources.map(pathOf),
  parse: (files) =>
    resources.map((resource) =>
      sectionOf("pressure", resource, () => {
        const text = isSwitchedOff(files, resource) ? undefined : textAt(files, pathOf(resource));
        return text === undefined ? undefined : { value: {}, samples: samplesIn(pathOf(resource), text) };
      }),
    ),
};

function pathOf(resource: string): string {
  return `/proc/pressure/${resource}`;
}

/** A kernel that was built with PSI and booted without it answers that it does not support it. */
function isSwitchedOff(files: HostFiles, resource: string): boolean {
  const reading = files.files.get(pathOf(resource));
  return reading?.outcome === "failed" && errnoOf(reading.error) === "EOPNOTSUPP";
}

const percent = { minimum: 0, maximum: 100 };

/** "some" is always there; "full" is not for the CPU before Linux 5.13. */
function samplesIn(path: string, text: string): Readonly<Record<string, number | undefined>> {
  const lines = text.split("\n").filter((line) => line !== "");
  const samples = lines.flatMap((line) => {
    const [, name, ...fields] = /^(some|full) avg10=(\S+) avg60=(\S+) avg300=(\S+) total=(\S+)$/.exec(line) ?? [];
    if (name === undefined) throw malformed(path, "a line is not in the form that is known", line);
    const [average10, average60, average300] = fields.slice(0, 3).map((field) => numberIn(path, name, field, percent));
    const totalMicroseconds = integerIn(path, name, fields[3]);
    return [
      [`${name}_avg10_percent`, average10],
      [`${name}_avg60_percent`, average60],
      [`${name}_avg300_percent`, average300],
      [`${name}_seconds_total`, totalMicroseconds / 1e6],
    ] as const;
  });
  if (samples.length === 0) throw malformed(path, "it is empty");
  return Object.fromEntries(samples);
}
