/**
 * K3s as a service of systemd: its unit with drop-ins and configuration, and its process. Sources: unit files, /etc/rancher/k3s, control groups,
 * /proc. Only the options of k3s-options.ts are ever taken of any of them.
 */
import type { Host } from "../../../host/host.ts";
import { type Reading, readFile, readLink, readNames } from "../../../host/reading.ts";
import { environmentFile, keepEnvironmentFile } from "../systemd/environment-file.ts";
import { isUnitEnabled } from "../systemd/is-unit-enabled.ts";
import { type InstalledUnits, readUnit } from "../systemd/read-unit.ts";
import { keepUnitCommand, unitCommand } from "../systemd/unit-command.ts";
import { keepUnitEnvironment, unitEnvironment } from "../systemd/unit-file.ts";
import { readUnitProcesses, type UnitProcess } from "../systemd/unit-processes.ts";
import { fileOptions, keepFileOptions } from "./k3s-file.ts";
import {
  commandOptions,
  environmentOptions,
  isK3sVariable,
  type K3sOptions,
  keepCommand,
  mergeOptions,
  withoutCredentials,
} from "./k3s-options.ts";

/** What is read of it. */
export interface RawK3sService {
  readonly unit: string;
  /** server, agent; empty where the unit does not say it. */
  readonly role: string;
  readonly options: K3sOptions;
  /** What could not be read, and may say other options. */
  readonly unread: readonly (Reading<unknown> & { readonly outcome: "failed" })[];
  /** Whether it is started at boot; undefined where that could not be told. */
  readonly isEnabled: boolean | undefined;
  /** Undefined where it could not be told which processes there are. */
  readonly processes: { readonly k3s: UnitProcess | undefined; readonly containerd: UnitProcess | undefined } | undefined;
  /** First line of the process's memory that is of its program: /proc/<pid>/maps. */
  readonly program: Reading | undefined;
  /** Where data/current leads, beside the folder that the program lies in. */
  readonly current: Reading | undefined;
}

/** Usual units, looked for before those that its installer was told to name otherwise. */
const units: readonly string[] = ["k3s.service", "k3s-agent.service"];
/** As INSTALL_K3S_NAME makes it. */
const nameOfInstaller = /^k3s-[\w.-]+\.service$/;
const maximumFiles = 32;
/** A Go program has some thousand lines. */
const maximumMapsBytes = 4 << 20;

/** Finds it; undefined where no unit of it is installed. Throws where that could not be told. */
export async function readK3sService(host: Host, { names, unread }: InstalledUnits): Promise<RawK3sService | undefined> {
  const named = [...names].filter((name) => nameOfInstaller.test(name)).toSorted();
  for (const unit of new Set([...units.filter((name) => names.has(name)), ...named])) {
    const files = await readUnit(host, unit, keepUnit);
    if (files !== undefined && (units.includes(unit) || startsK3s(files))) return await readService(host, unit, files);
  }
  if (unread !== undefined) throw unread;
  return undefined;
}

/** True where the process runs a program that is gone, or another than was unpacked last; undefined where neither is proof of anything. */
export function runsOldProgram({ program, current }: RawK3sService): boolean | undefined {
  const [, folder, isDeleted] = programLine.exec(program?.outcome === "ok" ? program.value : "") ?? [];
  if (isDeleted !== undefined) return true;
  const isOther = folder !== undefined && current?.outcome === "ok" && current.value !== folder;
  return isOther ? true : undefined;
}

/** The folder that K3s unpacked itself into, and whether the file is gone. */
const programLine = /^\S+ r-xp \S+ \S+ \d+ +(\/\S+)\/bin\/k3s\S*( \(deleted\))?$/m;

function startsK3s(unitFiles: readonly Reading[]): boolean {
  return unitCommand(textsOf(unitFiles))[0]?.endsWith("/k3s") === true;
}

function textsOf(files: readonly Reading[]): readonly string[] {
  return files.map((file) => (file.outcome === "ok" ? file.value : ""));
}

async function readService(host: Host, unit: string, unitFiles: readonly Reading[]): Promise<RawK3sService> {
  const texts = textsOf(unitFiles);
  const command = unitCommand(texts);
  const { variables, files: named } = unitEnvironment(texts);
  const environment = new Map(variables);
  const environmentFiles = await Promise.all(
    named.slice(0, maximumFiles).map(({ path }) => readFile(host, specified(path, unit), { keep: keepVariables })),
  );
  for (const file of environmentFiles) {
    for (const [name, value] of environmentFile(file.outcome === "ok" ? file.value : "")) environment.set(name, value);
  }
  const said = { environment: environmentOptions(environment), command: commandOptions(command) };
  const { names, configurations } = await readConfigurations(host, said);
  const processes = await readUnitProcesses(host, unit, [(name) => /^k3s(?:-|$)/.test(name), (name) => name === "containerd"]);
  const [k3s, containerd] = processes ?? [];
  const program = k3s === undefined ? undefined : await readProgram(host, k3s.pid);
  return {
    unit,
    role: ["server", "agent"].find((role) => role === command[1]) ?? (unit === "k3s-agent.service" ? "agent" : ""),
    options: mergeOptions({
      ...said,
      files: configurations.map((file) => (file.outcome === "ok" ? fileOptions(file.value) : [])),
    }),
    unread: [...unitFiles, ...environmentFiles, names, ...configurations].filter((each) => each.outcome === "failed"),
    isEnabled: await isUnitEnabled(host, unit),
    processes: processes === undefined ? undefined : { k3s, containerd },
    program,
    current: await readCurrent(host, program),
  };
}

/** A path with the specifiers that stand for the unit's name (systemd.unit(5)): K3s's installer names /etc/default/%N. */
function specified(path: string, unit: string): string {
  return path.replaceAll(/%[nNp%]/g, (specifier) => ({ "%n": unit, "%%": "%" })[specifier] ?? unit.replace(/\.service$/, ""));
}

/** Its environment and its command, of which only the options that we tell. */
function keepUnit(text: string): string {
  const environment = keepUnitEnvironment(text, isK3sVariable).replaceAll(/^ExecStart=.*\n/gm, "");
  return withoutCredentials(environment) + keepUnitCommand(text, keepCommand);
}

function keepVariables(text: string): string {
  return withoutCredentials(keepEnvironmentFile(text, isK3sVariable));
}

type Said = Pick<Parameters<typeof mergeOptions>[0], "environment" | "command">;

/** config.yaml, or the file that is named in its place, and what lies beside it. */
async function readConfigurations(
  host: Host,
  { environment, command }: Said,
): Promise<{ readonly names: Reading<readonly string[]>; readonly configurations: readonly Reading[] }> {
  const named = [...command, ...environment].find(({ key }) => key === "config")?.value;
  const path = named?.startsWith("/") === true ? named : "/etc/rancher/k3s/config.yaml";
  const names = await readNames(host, `${path}.d`);
  const dropIns = names.outcome === "ok" ? names.value.filter((name) => /\.ya?ml$/i.test(name)).slice(0, maximumFiles) : [];
  const paths = [path, ...dropIns.map((name) => `${path}.d/${name}`)];
  return { names, configurations: await Promise.all(paths.map((each) => readFile(host, each, { keep: keepFileOptions }))) };
}

/** Not by the link /proc/<pid>/exe: under another root than "/" it would be resolved in ours. */
async function readProgram(host: Host, pid: number): Promise<Reading> {
  const keep = (text: string): string => {
    const line = programLine.exec(text)?.[0];
    return line === undefined ? "" : `${line}\n`;
  };
  return await readFile(host, `/proc/${pid}/maps`, { maximumBytes: maximumMapsBytes, keep });
}

async function readCurrent(host: Host, program: Reading | undefined): Promise<Reading | undefined> {
  const folder = programLine.exec(program?.outcome === "ok" ? program.value : "")?.[1];
  return folder === undefined ? undefined : await readLink(host, `${folder.slice(0, folder.lastIndexOf("/"))}/current`);
}
