/**
 * A machine that is a folder: a copy of a recorded one (test/fixtures/hosts), which a fault changes while an agent reads it. Whoever reads a file
 * meets the old one or the new one, never half of it.
 */
import { randomUUID } from "node:crypto";
import { appendFileSync, existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { type Recording, recordingFolder, recordingPath } from "../../agent/src/host/recording.ts";
import { repositoryRoot } from "../architecture/sources.ts";

/** The machines that there are: neko, a server of K3s; bobcat, a Raspberry Pi 5; siberian, a workstation with a GPU. */
export type MachineName = "neko" | "bobcat" | "siberian";

/** What time it is there. */
export interface SceneTime {
  wallMs(): number;
  /** Since the machine was started. */
  uptimeMs(): number;
}

/** Values by their path in a JSON document, e.g. {"smart_status.passed": false}; undefined takes one away. */
export type Values = Readonly<Record<string, unknown>>;

/** The machine. Disposing it removes the folder. */
export interface Scene extends AsyncDisposable {
  readonly root: string;
  readonly time: SceneTime;
  /** Grows with each change: while it is the same, a probe finds the same. */
  readonly version: number;
  /** Text of a file. */
  read(path: string): Promise<string>;
  write(path: string, text: string): Promise<void>;
  /** Writes several files below a folder. */
  writeAll(folder: string, files: Readonly<Record<string, string>>): Promise<void>;
  link(path: string, target: string): Promise<void>;
  /** Takes a file or a folder away until `putBack`. */
  hide(path: string): Promise<void>;
  putBack(path: string): Promise<void>;
  /** Changes what a program prints as JSON, the first that is called so. */
  program(command: string, values: Values): Promise<void>;
  /** Makes a program print something else. */
  programText(command: string, text: string): Promise<void>;
  /** Changes what a service answers as JSON, e.g. of "tailscale status" or "ollama ps". */
  service(name: string, values: Values): Promise<void>;
  /** Changes the recording itself: how full filesystems are, what programs there are. */
  record(change: (recording: Recording) => Recording): Promise<void>;
  /** Adds a program with what it prints. */
  addProgram(command: string, args: readonly string[], stdout: string): Promise<void>;
  /** The kernel says something now; `level` as in syslog, 4 is a warning. */
  kernel(message: string, level?: number): void;
}

/** Probes read thousands of small files: they lie in memory where there is a place for that. */
const memory = existsSync("/dev/shm") ? "/dev/shm" : undefined;

/** Copies a recorded machine; its clock is set to `time`, as if it had been recorded just now. */
export async function makeScene(machine: MachineName, time: (recording: Recording) => SceneTime): Promise<Scene> {
  const root = await mkdtemp(join(memory ?? tmpdir(), `nodekeeper-${machine}-`));
  const ofRecording = ["expected-report.json", "SOURCE.md"];
  await cp(join(repositoryRoot, "test/fixtures/hosts", machine), root, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => !ofRecording.includes(basename(path)),
  });
  const inside = (path: string): string => join(root, path);
  let version = 0;
  const write = async (path: string, text: string): Promise<void> => {
    version += 1;
    await mkdir(dirname(inside(path)), { recursive: true });
    const unfinished = inside(`${recordingFolder}/${randomUUID()}`);
    await writeFile(unfinished, text);
    await rename(unfinished, inside(path));
  };
  const move = async (from: string, to: string): Promise<void> => {
    version += 1;
    await rename(inside(from), inside(to));
  };
  const read = (path: string): Promise<string> => readFile(inside(path), "utf8");
  // What the fixture's own tests read; its form is checked when an agent opens it.
  const recording = async (): Promise<Recording> => JSON.parse(await readFile(recordingPath(root), "utf8")) as Recording;
  const record: Scene["record"] = async (change) =>
    write(`${recordingFolder}/recording.json`, JSON.stringify(change(await recording())));
  const begun = await recording();
  const clock = time(begun);
  let sequence = (await read("dev/kmsg")).split(/\n(?! )/).length;

  const outputOf = async (command: string): Promise<string> => {
    const answer = (await recording()).commands.find((each) => each.command === command)?.answer;
    if (answer === undefined || !("stdoutFile" in answer)) throw new Error(`${machine} has no program ${command}`);
    return join(recordingFolder, answer.stdoutFile);
  };
  const answerOf = async (name: string): Promise<string> => {
    const found = (await recording()).services.find(({ request }) => `${request.service} ${request.question}` === name);
    if (found === undefined || !("textFile" in found.answer)) throw new Error(`${machine} has no service that answers ${name}`);
    return join(recordingFolder, found.answer.textFile);
  };
  const edit = async (path: string, values: Values): Promise<void> =>
    write(path, JSON.stringify(withValues(JSON.parse(await read(path)), values)));

  const scene: Scene = {
    root,
    time: clock,
    get version() {
      return version;
    },
    read,
    write,
    writeAll: async (folder, files) => {
      for (const [name, text] of Object.entries(files)) await write(join(folder, name), text);
    },
    link: async (path, target) => {
      version += 1;
      await mkdir(dirname(inside(path)), { recursive: true });
      await symlink(target, inside(path));
    },
    hide: (path) => move(path, hiddenPath(path)),
    putBack: (path) => move(hiddenPath(path), path),
    program: async (command, values) => edit(await outputOf(command), values),
    programText: async (command, text) => write(await outputOf(command), text),
    service: async (name, values) => edit(await answerOf(name), values),
    record,
    addProgram: async (command, args, stdout) => {
      const file = `commands/${randomUUID()}`;
      await scene.writeAll(recordingFolder, { [`${file}.stdout`]: stdout, [`${file}.stderr`]: "" });
      const answer = { exitCode: 0, stdoutFile: `${file}.stdout`, stderrFile: `${file}.stderr` };
      await record((before) => ({ ...before, commands: [{ command, args, answer }, ...before.commands] }));
    },
    kernel: (message, level = 4) => {
      version += 1;
      const microseconds = Math.round(clock.uptimeMs() * 1000);
      appendFileSync(inside("dev/kmsg"), `${level},${sequence},${microseconds},-;${message}\n`);
      sequence += 1;
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
  await setClock(scene, begun);
  return scene;
}

/** The machine was started just now: another id of its boot, its uptime, and a log of the kernel that begins again. */
export async function bootAnew(scene: Scene): Promise<void> {
  await scene.write("proc/sys/kernel/random/boot_id", `${randomUUID()}\n`);
  await scene.write("dev/kmsg", "6,0,0,-;Linux version 6.12.57+deb13-amd64 (builder@example)\n");
  await scene.record((recording) => ({ ...recording, uptimeMs: Math.round(scene.time.uptimeMs()) }));
  await setBootTime(scene);
  await tellUptime(scene);
}

/** /proc/uptime says what it is now. */
export async function tellUptime(scene: Scene): Promise<void> {
  const seconds = scene.time.uptimeMs() / 1000;
  await scene.write("proc/uptime", `${seconds.toFixed(2)} ${seconds.toFixed(2)}\n`);
}

async function setBootTime({ read, write, time }: Scene): Promise<void> {
  const seconds = Math.floor((time.wallMs() - time.uptimeMs()) / 1000);
  await write("proc/stat", (await read("proc/stat")).replace(/^btime \d+$/m, `btime ${seconds}`));
}

/** Whatever the recording dates by its own time is as long ago, or as far ahead, as it was then. */
async function setClock(scene: Scene, { recordedAtUnixMs }: Recording): Promise<void> {
  const laterMs = scene.time.wallMs() - recordedAtUnixMs;
  await setBootTime(scene);
  await scene.record((recording) => ({ ...recording, recordedAtUnixMs: Math.round(recordedAtUnixMs + laterMs) }));
  const status = await readStatus(scene);
  if (status !== undefined)
    await scene.write(
      status.path,
      status.text.replaceAll(isoTime, (at) => moved(at, laterMs)),
    );
}

async function readStatus(scene: Scene): Promise<{ readonly path: string; readonly text: string } | undefined> {
  const text = await readFile(recordingPath(scene.root), "utf8");
  // Checked when the scene was made.
  const { services } = JSON.parse(text) as Recording;
  const answer = services.find(({ request }) => request.service === "tailscale")?.answer;
  if (answer === undefined || !("textFile" in answer)) return undefined;
  const path = join(recordingFolder, answer.textFile);
  return { path, text: await scene.read(path) };
}

const isoTime = /20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g;

function moved(at: string, byMs: number): string {
  return new Date(Date.parse(at) + byMs).toISOString();
}

/** Beside the tree, where nobody looks. */
function hiddenPath(path: string): string {
  return join(recordingFolder, `hidden-${path.replaceAll("/", "-")}`);
}

/** The document with these values in it. */
function withValues(document: unknown, values: Values): unknown {
  const whole = structuredClone(document);
  for (const [path, value] of Object.entries(values)) {
    const names = path.split(".");
    const last = names.pop() ?? "";
    const holder = names.reduce<Record<string, unknown>>(
      (at, name) => {
        at[name] ??= {};
        return at[name] as Record<string, unknown>; // a fault that goes into a number fails in its test
      },
      whole as Record<string, unknown>,
    );
    if (value === undefined) delete holder[last];
    else holder[last] = value;
  }
  return whole;
}
