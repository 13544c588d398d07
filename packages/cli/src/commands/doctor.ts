/** `nodekeeper doctor`: every probe once, on this machine, with no collector. */
import { resolve } from "node:path";
import { openHost, probes, runDoctor } from "@nodekeeper/agent/doctor";
import { stringOption, switchOption, systemClock } from "@nodekeeper/shared";
import { textField } from "@nodekeeper/shared/fields";
import { counted, machineTroubles, singleSubject, type Trouble, type Unknown, unknownsOf } from "@nodekeeper/shared/readings";
import { agentTroubles } from "../agent-readiness.ts";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { type MachineBodies, machineBodies } from "../examination-bodies.ts";
import { renderMachine } from "../render/machine.ts";
import type { View } from "../render/section.ts";
import { renderTroubles, verdictText } from "../render/troubles.ts";
import { needsRoot, renderUnknowns } from "../render/unknowns.ts";
import type { Terminal, Tone } from "../terminal.ts";
import { wrap } from "../wrap.ts";

/** What was found, and what is wrong with it. */
interface Diagnosis extends MachineBodies {
  readonly troubles: readonly Trouble[];
  readonly unknowns: readonly Unknown[];
  /** What the agent that runs here says of itself; empty when all is well with it, or none runs. */
  readonly agent: readonly string[];
}

/** The command. Exit code 1 when something needs attention or could not be told. */
export const doctor: Command = defineCommand({
  name: "doctor",
  operands: [],
  summary: "run every probe once on this machine, with no collector",
  isOffline: true,
  options: {
    hostRoot: stringOption({ description: "where the host's files lie", placeholder: "DIR", default: "/" }),
    all: switchOption({ description: "show everything, however long" }),
  },
  async run({ options, terminal, nowMs, signal }) {
    const host = await openHost(resolve(options.hostRoot), systemClock);
    const bodies = machineBodies(await runDoctor({ host, probes, clock: systemClock, signal }), nowMs);
    const diagnosis: Diagnosis = {
      ...bodies,
      troubles: machineTroubles(bodies.subjects, nowMs, bodies.lists),
      unknowns: unknownsOf(bodies),
      // Of another root it is another machine's.
      agent: options.hostRoot === "/" ? await agentTroubles(signal) : [],
    };
    return {
      json: diagnosis,
      text: renderDiagnosis(terminal, diagnosis, { isAll: options.all, nowMs }),
      exitCode: needsAttention(diagnosis) ? exitCodes.attention : exitCodes.ok,
    };
  },
});

function needsAttention({ troubles, unknowns, agent }: Diagnosis): boolean {
  return unknowns.length > 0 || agent.length > 0 || troubles.some((trouble) => trouble.level !== "low");
}

function renderDiagnosis(terminal: Terminal, diagnosis: Diagnosis, view: View): string {
  const { troubles, unknowns, subjects, agent } = diagnosis;
  const head = [
    renderVerdict(terminal, diagnosis),
    renderTroubles(terminal, troubles, view),
    renderUnknowns(terminal, unknowns, subjects, view),
    agent.map((text) => terminal.paint("warning", `   its agent: ${text}`)).join("\n"),
    needsRoot(unknowns) ? terminal.paint("quiet", "   as root it would see more") : "",
  ];
  const sections = [
    head.filter((text) => text !== "").join("\n"),
    renderMachine(terminal, diagnosis, view),
    renderProbes(terminal, diagnosis, view),
  ];
  return sections.filter((text) => text !== "").join("\n\n");
}

function renderVerdict(terminal: Terminal, { troubles, unknowns, subjects }: Diagnosis): string {
  const system = singleSubject(subjects, "operating_system");
  const name = (system === undefined ? "" : textField(system, "hostname")) || "this machine";
  const [gravest] = troubles;
  const tone: Tone = gravest?.level === "high" ? "bad" : gravest?.level === "medium" || unknowns.length > 0 ? "warning" : "good";
  return `${terminal.paint("strong", name)}: ${terminal.paint(tone, verdictText(troubles, unknowns.length))}`;
}

/** How long the probes took: the slowest, and those that found nothing or failed; in the long form all. */
function renderProbes(terminal: Terminal, { probes }: MachineBodies, view: View): string {
  const slowest = probes.reduce((most, probe) => Math.max(most, probe.durationMs), 0);
  const shown = view.isAll ? probes : probes.filter(({ outcome, durationMs }) => outcome === "failed" || durationMs === slowest);
  const texts = shown.map((probe) => `${probe.name} ${probe.outcome} in ${probe.durationMs} ms`);
  const counts = (["ok", "absent", "failed"] as const)
    .map((outcome) => ({ outcome, count: probes.filter((probe) => probe.outcome === outcome).length }))
    .filter(({ count }) => count > 0)
    .map(({ outcome, count }) => `${count} ${outcome}`);
  const lines = wrap([`${counted(probes.length, "probe")}: ${counts.join(", ")}`, ...texts].join(" · "), terminal.width);
  return lines.map((line) => terminal.paint("quiet", line)).join("\n");
}
