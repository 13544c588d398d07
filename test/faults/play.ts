/**
 * A program: shows what nodekeeper says about a fault. `node test/faults/play.ts NAME` plays it against a collector of its own; `--list` names all
 * faults. With `--collector HOST:PORT` the agent reports to one that runs, as a node of the name that `--node` gives, and time is not hurried.
 */
import { parseArgs } from "node:util";
import { didYouMean } from "../../packages/shared/src/index.ts";
import { clusterFaults } from "./cluster-corpus/index.ts";
import { faults } from "./corpus/index.ts";
import { elsewhere } from "./elsewhere.ts";
import type { Fault } from "./fault.ts";
import { hurriedTime } from "./hurried-time.ts";
import { missingForPerformances, perform, whyNotPerformed } from "./perform.ts";
import { type CollectorPlace, openStage, type Stage } from "./stage.ts";

const usage = `Usage: pnpm fault NAME [options] [-- FLAGS OF THE AGENT]

  --list                  names of the faults, and what happens
  --speed N               how many times as fast time passes; 20 by default
  --collector HOST:PORT   a collector that runs, where agents report; time then passes as ever
  --url URL               its API, http://HOST:7060 by default
  --node NAME             name of the node, fault-NAME by default there
  --patience SECONDS      how long the end of the fault is waited for; 120 by default
`;

interface Arguments {
  readonly values: {
    readonly collector?: string;
    readonly url?: string;
    readonly node?: string;
    readonly speed: string;
    readonly patience: string;
    readonly list?: boolean;
    readonly help?: boolean;
  };
  readonly positionals: readonly string[];
  readonly problem: string | undefined;
}

process.exitCode = await main();

async function main(): Promise<number> {
  const { values, positionals, problem } = readArguments();
  if (problem !== undefined) return complain(`${problem}\n\n${usage}`);
  const [name, ...agentFlags] = positionals;
  if (values.help === true) return say(usage);
  if (values.list === true) return say(list());
  if (name === undefined) return complain(`say which fault\n\n${usage}`);
  const fault = faults.find((each) => each.name === name);
  if (fault === undefined) {
    return complain(
      `there is no fault "${name}"${didYouMean(
        name,
        faults.map((each) => each.name),
      )}; --list names them`,
    );
  }
  const [speed, patience] = [Number(values.speed), Number(values.patience)];
  if (!(speed >= 1 && speed <= 200)) return complain(`--speed: expected a number from 1 to 200, got "${values.speed}"`);
  if (!(patience >= 0)) return complain(`--patience: expected seconds, got "${values.patience}"`);
  const why = missingForPerformances() ?? whyNotPerformed(fault);
  if (why !== undefined) return complain(`${name} cannot be played here: ${why}`);

  say(`${fault.title}.\nSource: ${fault.source}.\n`);
  await using parts = new AsyncDisposableStack();
  const stage: Stage =
    values.collector === undefined
      ? parts.use(await openStage(speed))
      : { collector: placeOf(values.collector, values.url), time: hurriedTime(1) };
  const { came, isOver } = await perform(fault, {
    ...{ stage, patienceMs: patience * 1000, agentFlags, tell: say },
    nodeName: values.node ?? (values.collector === undefined ? fault.machine : `fault-${fault.name}`),
  });
  const missing = fault.comes.filter((_, index) => came[index] === undefined);
  for (const { rule, severity } of missing) complain(`${rule}, ${severity}, did not come`);
  if (isOver === false) complain("it was not over in time");
  return missing.length === 0 && isOver !== false ? 0 : 1;
}

function readArguments(): Arguments {
  const read = (args?: readonly string[]) =>
    parseArgs({
      ...(args === undefined ? {} : { args: [...args] }),
      allowPositionals: true,
      options: {
        collector: { type: "string" },
        url: { type: "string" },
        node: { type: "string" },
        speed: { type: "string", default: "20" },
        patience: { type: "string", default: "120" },
        list: { type: "boolean" },
        help: { type: "boolean" },
      },
    });
  try {
    return { ...read(), problem: undefined };
  } catch (thrown) {
    return { ...read([]), problem: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

function placeOf(collector: string, url: string | undefined): CollectorPlace {
  return { grpc: collector, url: url ?? `http://${collector.replace(/:\d+$/, "")}:7060` };
}

function list(): string {
  const others = [
    ...clusterFaults.map(({ name, title }) => ({ name, title, why: "rehearsed only: cluster-faults.test.ts" })),
    ...elsewhere.map(({ name, title, file }) => ({ name, title, why: `played by ${file}` })),
  ];
  return [...faults.map(lineOf), ...others.map(({ name, title, why }) => `${name.padEnd(38)} ${title} (${why})`)].join("\n");
}

function lineOf(fault: Fault): string {
  const { name, title } = fault;
  const why = whyNotPerformed(fault);
  return `${name.padEnd(38)} ${title}${why === undefined ? "" : ` (rehearsed only: ${why})`}`;
}

function say(line: string): number {
  process.stdout.write(`${line}\n`);
  return 0;
}

function complain(line: string): number {
  process.stderr.write(`${line}\n`);
  return 64;
}
