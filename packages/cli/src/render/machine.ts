/** What a machine is and holds, from its subjects: the same for `node` (from the collector) and for `doctor` (from here). */
import type { MachineFacts } from "@nodekeeper/shared/readings";
import type { Terminal } from "../terminal.ts";
import { renderDisks } from "./disks.ts";
import { renderGpus } from "./gpus.ts";
import { renderKernelFaults } from "./kernel-faults.ts";
import { renderLonghorn } from "./longhorn.ts";
import { renderModels } from "./models.ts";
import { renderNetwork } from "./network.ts";
import { renderOverview } from "./overview.ts";
import { renderPeers } from "./peers.ts";
import type { View } from "./section.ts";
import { renderSensors } from "./sensors.ts";
import { renderFilesystems, renderPools } from "./storage.ts";

/** What is known of a machine, in sections parted by empty lines: one screen, or with `isAll` everything. */
export function renderMachine(terminal: Terminal, facts: MachineFacts, view: View): string {
  const { subjects } = facts;
  const sections = [
    renderOverview(terminal, subjects, view),
    renderGpus(terminal, facts, view),
    renderModels(terminal, facts, view),
    renderDisks(terminal, subjects, view),
    renderPools(terminal, subjects, view),
    renderFilesystems(terminal, subjects, view),
    renderNetwork(terminal, subjects, view),
    renderPeers(terminal, subjects, view),
    renderLonghorn(terminal, subjects, view),
    renderKernelFaults(terminal, subjects, view),
    renderSensors(terminal, subjects, view),
  ];
  return sections.filter((text) => text !== "").join("\n\n");
}
