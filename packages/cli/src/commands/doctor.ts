/** `nodekeeper doctor`: every probe once, on this machine, with no collector. */
import { openHost, probes, runDoctor } from "@nodekeeper/agent/doctor";
import { stringOption, systemClock } from "@nodekeeper/shared";
import { unknownsOf } from "@nodekeeper/shared/readings";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { type MachineBodies, machineBodies } from "../examination-bodies.ts";
import { renderMachine } from "../render/machine.ts";
import { renderUnknowns } from "../render/unknowns.ts";
import type { Terminal } from "../terminal.ts";

/** The command. Exit code 1 when something could not be told. */
export const doctor: Command = defineCommand({
  name: "doctor",
  operands: [],
  summary: "run every probe once on this machine, with no collector",
  options: { hostRoot: stringOption({ description: "where the host's files lie", placeholder: "DIR", default: "/" }) },
  async run({ options, terminal, nowMs, signal }) {
    const host = await openHost(options.hostRoot, systemClock);
    const bodies = machineBodies(await runDoctor({ host, probes, clock: systemClock, signal }), nowMs);
    return {
      json: bodies,
      text: renderExamination(terminal, bodies),
      exitCode: unknownsOf(bodies).length === 0 ? exitCodes.ok : exitCodes.attention,
    };
  },
});

function renderExamination(terminal: Terminal, bodies: MachineBodies): string {
  const sections = [
    renderMachine(terminal, bodies.subjects),
    renderUnknowns(terminal, unknownsOf(bodies)),
    renderProbes(terminal, bodies),
  ];
  return sections.filter((text) => text !== "").join("\n\n");
}

function renderProbes(terminal: Terminal, bodies: MachineBodies): string {
  const words = bodies.probes.map((probe) => `${probe.name} ${probe.outcome} in ${probe.durationMs} ms`);
  return terminal.paint("quiet", words.join(" · "));
}
