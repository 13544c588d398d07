/** What a machine is and holds, from its subjects: the same for `node` (from the collector) and for `doctor` (from here). */
import type { SubjectBody } from "@nodekeeper/shared/api";
import type { Terminal } from "../terminal.ts";
import { renderDisks } from "./disks.ts";
import { renderKernelFaults } from "./kernel-faults.ts";
import { renderNetwork } from "./network.ts";
import { renderOverview } from "./overview.ts";
import type { View } from "./section.ts";
import { renderSensors } from "./sensors.ts";
import { renderFilesystems, renderPools } from "./storage.ts";

/** What is known of a machine, in sections parted by empty lines: one screen, or with `isAll` everything. */
export function renderMachine(terminal: Terminal, subjects: readonly SubjectBody[], view: View): string {
  const sections = [
    renderOverview(terminal, subjects, view),
    renderDisks(terminal, subjects, view),
    renderPools(terminal, subjects, view),
    renderFilesystems(terminal, subjects, view),
    renderNetwork(terminal, subjects, view),
    renderKernelFaults(terminal, subjects, view),
    renderSensors(terminal, subjects, view),
  ];
  return sections.filter((text) => text !== "").join("\n\n");
}
