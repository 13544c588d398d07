/**
 * A machine of its own as far as going away is concerned: a mount namespace with a private /run and system bus, on it either the real systemd-logind
 * with a stand-in for PID 1, or a stand-in for a newer logind. What is mounted there is seen nowhere else, and all of it ends with the test.
 */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { repositoryPath } from "../e2e/installation.ts";

/** Who speaks on the bus. */
export type Speaker = "real logind" | "newer logind";

/** A program in the machine. */
export interface MachineProgram {
  /** What it printed, line by line. */
  readonly lines: readonly string[];
  say(line: string): void;
  /** SIGTERM, then waits for its end. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): void;
}

/** The machine. Disposing it ends everything in it. */
export interface Machine extends AsyncDisposable {
  /** logind, or who stands in for PID 1 beside it: whoever tells what the machine does. */
  readonly speaker: MachineProgram;
  /** Starts a program in the machine. */
  run(...argv: readonly [string, ...string[]]): MachineProgram;
}

const programs = [
  "/usr/bin/dbus-daemon",
  "/usr/bin/busctl",
  "/usr/bin/systemd-inhibit",
  "/lib/systemd/systemd-logind",
  "/usr/bin/python3",
];

/** Why there can be none here, in words; undefined when there can. */
export function missingForMachine(): string | undefined {
  if (process.geteuid?.() !== 0) return "namespaces and mounts need root";
  const missing = programs.filter((program) => !existsSync(program));
  if (missing.length > 0) return `there is no ${missing.join(", ")}`;
  if (spawnSync("/usr/bin/python3", ["-c", "import dbus, gi"]).status !== 0)
    return "Python has no dbus (python3-dbus, python3-gi)";
  return spawnSync("unshare", ["--mount", "true"]).status === 0 ? undefined : "namespaces are not allowed here";
}

const busConfiguration = `<busconfig>
  <type>system</type>
  <listen>unix:path=/run/dbus/system_bus_socket</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
    <allow user="*"/>
  </policy>
</busconfig>`;

/** Makes the mounts and the bus, then waits; others enter its namespace. */
const setUp = `
set -e
mount -t tmpfs tmpfs /run
mkdir -p /run/dbus /run/systemd/system
if [ -d /sys/power ]; then mount -t tmpfs tmpfs /sys/power && echo "freeze mem disk" > /sys/power/state; fi
exec /usr/bin/dbus-daemon --config-file="$1" --nofork --nopidfile --print-address
`;

/** Makes one. */
export async function startMachine(folder: string, speaker: Speaker): Promise<Machine> {
  const parts = new AsyncDisposableStack();
  const configuration = join(folder, "bus.conf");
  await writeFile(configuration, busConfiguration);
  const bus = spawn("unshare", ["--mount", "--propagation", "private", "sh", "-c", setUp, "sh", configuration]);
  const busProgram = parts.adopt(programOf(bus), (program) => program.stop());
  await untilLine(busProgram, "unix:");
  const run = (...argv: readonly [string, ...string[]]): MachineProgram =>
    parts.adopt(programOf(spawn("nsenter", ["--target", `${bus.pid}`, "--mount", "--wdns=/", ...argv])), (program) =>
      program.stop(),
    );
  const script = speaker === "real logind" ? "systemd-stand-in.py" : "logind-stand-in.py";
  const speaking = run("/usr/bin/python3", repositoryPath(`test/leaving/${script}`));
  await untilLine(speaking, "ready");
  if (speaker === "real logind") {
    run("/lib/systemd/systemd-logind");
    await untilLine(run("sh", "-c", "until [ -d /run/systemd/seats ]; do sleep 0.05; done; echo there"), "there");
  }
  return { speaker: speaking, run, [Symbol.asyncDispose]: () => parts.disposeAsync() };
}

/** Waits for a line that begins so; throws with all that was printed when none comes. */
export async function untilLine(program: MachineProgram, beginning: string, withinMs = 30_000): Promise<void> {
  const untilMs = performance.now() + withinMs;
  while (!program.lines.some((line) => line.startsWith(beginning))) {
    if (performance.now() > untilMs)
      throw new Error(`no line "${beginning}…" within ${withinMs} ms:\n${program.lines.join("\n")}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function programOf(child: ChildProcessWithoutNullStreams): MachineProgram {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) createInterface(stream).on("line", (line) => lines.push(line));
  child.stdin.on("error", () => undefined); // it ended first
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    lines,
    say: (line) => child.stdin.write(`${line}\n`),
    stop: async () => {
      if (child.exitCode === null) child.kill("SIGTERM");
      await exited;
    },
    kill: () => void child.kill("SIGKILL"),
  };
}
