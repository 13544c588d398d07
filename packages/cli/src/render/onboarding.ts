/** The way of machines to being ready: all of them in a line each, or one step by step. What mends something stands alone on its line, to be copied. */
import type { Onboarding, OnboardingBlocker, OnboardingStep, PastOnboarding } from "@nodekeeper/shared/api";
import { formatAgo, formatSince, formatTimeSpan } from "@nodekeeper/shared/format";
import { evidenceText } from "@nodekeeper/shared/readings";
import { type Cell, renderTable } from "../table.ts";
import type { Terminal, Tone } from "../terminal.ts";
import { hang, wrap } from "../wrap.ts";
import type { View } from "./section.ts";

const tones: Readonly<Record<Onboarding["state"], Tone>> = {
  ready: "good",
  onboarding: "plain",
  planned: "warning",
  blocked: "bad",
};
const marks: Readonly<Record<OnboardingStep["state"], { readonly mark: string; readonly tone: Tone }>> = {
  passed: { mark: "✓", tone: "good" },
  waiting: { mark: "…", tone: "plain" },
  blocked: { mark: "✗", tone: "bad" },
  skipped: { mark: "-", tone: "warning" },
  "not-needed": { mark: "·", tone: "quiet" },
};
/** The longest name of a step, and of its time. */
const nameWidth = 12;
const timeWidth = 8;
/** Of the evidence of a step so much is shown without being asked for. */
const shownEvidence = 4;
const shownPast = 3;

/** All machines; of those that are blocked what mends it. */
export function renderOnboardings(terminal: Terminal, machines: readonly Onboarding[], { nowMs }: View): string {
  const columns = [
    { title: "MACHINE", minimumWidth: 12 },
    { title: "STATE" },
    { title: "STEP" },
    { title: "SINCE" },
    { title: "WHAT" },
  ];
  const rows = machines.map((machine): readonly Cell[] => {
    const step = currentStep(machine);
    return [
      { text: machine.node, tone: "strong" },
      { text: machine.state, tone: tones[machine.state] },
      step?.name ?? "",
      formatAgo(step?.since ?? machine.readyAt ?? machine.startedAt, nowMs),
      step === undefined ? { text: `was ready ${tookText(machine)}`.trimEnd(), tone: "quiet" } : step.text,
    ];
  });
  const stuck = machines.filter(({ state }) => state === "blocked" || state === "planned");
  const advice = stuck.flatMap((machine) => [
    "",
    ...renderBlockers(terminal, currentStep(machine)?.blockers ?? [], machine.node),
  ]);
  return [renderTable(terminal, columns, rows), ...advice].join("\n");
}

/** One machine, step by step. */
export function renderOnboarding(terminal: Terminal, machine: Onboarding, { isAll, nowMs }: View): string {
  const { node, state, machineId, past = [] } = machine;
  const step = currentStep(machine);
  const where = step === undefined ? tookText(machine) : `at ${step.name}, ${formatSince(step.since, nowMs)}`;
  const title = `${terminal.paint("strong", node)}  ${terminal.paint(tones[state], state)} ${where}`;
  const identity = machineId === "" ? [] : [terminal.paint("quiet", `machine-id ${machineId}`)];
  const blockers = renderBlockers(terminal, step?.blockers ?? [], undefined);
  return [
    [title, ...identity].join("\n"),
    machine.steps.flatMap((each) => renderStep(terminal, each, { isAll, nowMs })).join("\n"),
    blockers.join("\n"),
    renderPast(terminal, isAll ? past : past.slice(0, shownPast), nowMs),
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function currentStep({ state, steps }: Onboarding): OnboardingStep | undefined {
  return state === "ready" ? undefined : steps.find((step) => step.state === "waiting" || step.state === "blocked");
}

function renderStep(terminal: Terminal, step: OnboardingStep, { isAll, nowMs }: View): readonly string[] {
  const { mark, tone } = marks[step.state];
  const time = step.durationMs === undefined ? "" : formatDuration(step.durationMs);
  const start = `  ${mark} ${step.name.padEnd(nameWidth)} ${time.padStart(timeWidth)}  `;
  const text = step.blockers.length > 1 ? `${step.blockers.length} things are in the way` : step.text;
  const [first = "", ...rest] = hang(start, text, terminal.width);
  const painted = `${terminal.paint(tone, first.slice(0, start.length))}${terminal.paint(step.state === "passed" ? "plain" : tone, first.slice(start.length))}`;
  const evidence = isAll ? step.evidence : step.evidence.slice(0, shownEvidence);
  const more = step.evidence.length - evidence.length;
  const facts = [
    ...evidence.map(({ name, value }) => `${name} ${evidenceText(value, nowMs)}`),
    ...(more > 0 ? [`… ${more} more; --all`] : []),
  ];
  const indent = " ".repeat(start.length);
  return [
    painted,
    ...rest.map((line) => terminal.paint(tone, line)),
    ...facts.flatMap((fact) => hang(indent, fact, terminal.width)).map((line) => terminal.paint("quiet", line)),
  ];
}

/** Each with its sentence, where to type what, and the command on a line of its own, however long it is. */
function renderBlockers(terminal: Terminal, blockers: readonly OnboardingBlocker[], node: string | undefined): readonly string[] {
  return blockers.flatMap(({ code, text, command, on }, index) => {
    const sentence = wrap(`${node === undefined ? "" : `${node}: `}${text} (${code})`, terminal.width);
    const advice = command === "" ? [] : [`on ${on}:`, "", `    ${terminal.paint("strong", command)}`];
    return [...(index === 0 ? [] : [""]), ...sentence, ...advice];
  });
}

function renderPast(terminal: Terminal, past: readonly PastOnboarding[], nowMs: number): string {
  return past
    .flatMap(({ machineId, state, startedAt, readyAt, endedAt }) => {
      const took = readyAt === undefined ? `came as far as ${state}` : `was ready in ${spanText(startedAt, readyAt)}`;
      const who = machineId === "" ? "another machine" : `the machine ${machineId}`;
      return hang("before: ", `${who} ${took}, and was gone ${formatAgo(endedAt, nowMs)}`, terminal.width);
    })
    .map((line) => terminal.paint("quiet", line))
    .join("\n");
}

function tookText({ startedAt, readyAt }: Onboarding): string {
  return readyAt === undefined ? "" : `in ${spanText(startedAt, readyAt)}`;
}

function spanText(from: string, to: string): string {
  return formatDuration(Date.parse(to) - Date.parse(from));
}

/** A step takes tenths of a second, or days. */
function formatDuration(durationMs: number): string {
  return durationMs < 9_950 ? `${(durationMs / 1000).toFixed(1)} s` : formatTimeSpan(durationMs / 1000);
}
