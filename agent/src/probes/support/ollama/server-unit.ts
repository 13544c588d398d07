/** The unit that starts an Ollama server, and what it gives it. Sources: its files, and those that they name (systemd.exec(5)). */
import type { Host } from "../../../host/host.ts";
import { type Reading, readFile } from "../../../host/reading.ts";
import { environmentFile, keepEnvironmentFile } from "../systemd/environment-file.ts";
import { readUnit } from "../systemd/read-unit.ts";
import { type EnvironmentFile, keepUnitEnvironment, unitEnvironment } from "../systemd/unit-file.ts";
import { isServerVariable } from "./server-settings.ts";

/** What was read of a unit. */
export interface RawServerUnit {
  readonly name: string;
  /** The unit file, then its drop-ins. */
  readonly files: readonly Reading[];
  /** Those that the unit names, in its order. */
  readonly environmentFiles: readonly (EnvironmentFile & { readonly reading: Reading })[];
}

/** What a unit gives its service. */
export interface UnitVariables {
  readonly variables: ReadonlyMap<string, string>;
  /** False where not all of it can be known from files. */
  readonly isCertain: boolean;
}

/** The name that Ollama's installer and the packages of distributions give it. */
export const usualUnit = "ollama.service";

/** Reads a unit; undefined where there is none by this name, or it is masked. Throws what keeps it from being read. */
export async function readServerUnit(host: Host, name: string = usualUnit): Promise<RawServerUnit | undefined> {
  const files = await readUnit(host, name, (text) => keepUnitEnvironment(text, isServerVariable));
  if (files === undefined) return undefined;
  const texts = files.flatMap((file) => (file.outcome === "ok" ? [file.value] : []));
  const environmentFiles = await Promise.all(
    unitEnvironment(texts)
      .files.filter(({ path }) => path.startsWith("/"))
      .slice(0, maximumEnvironmentFiles)
      .map(async (file) => ({ ...file, reading: await readFile(host, file.path, { keep: keepVariables }) })),
  );
  return { name, files, environmentFiles };
}

/** The variables of a server that a unit sets. */
export function unitVariables({ files, environmentFiles }: RawServerUnit): UnitVariables {
  const unit = unitEnvironment(files.flatMap((file) => (file.outcome === "ok" ? [file.value] : [])));
  const variables = new Map(unit.variables);
  // Snaps and scripts set variables of their own before they start it.
  const isItself = unit.program === "" || unit.program.endsWith("/ollama");
  let isCertain =
    isItself && unit.isCertain && files.every(({ outcome }) => outcome === "ok") && environmentFiles.length === unit.files.length;
  for (const { reading, isOptional } of environmentFiles) {
    if (reading.outcome === "ok") for (const [name, value] of environmentFile(reading.value)) variables.set(name, value);
    else if (reading.outcome === "failed" || !isOptional) isCertain = false;
  }
  for (const word of unit.removed) {
    const [name = "", ...value] = word.split("=");
    if (value.length === 0 || variables.get(name) === value.join("=")) variables.delete(name);
  }
  return { variables: new Map([...variables].filter(([name]) => isServerVariable(name))), isCertain };
}

const maximumEnvironmentFiles = 8;

function keepVariables(text: string): string {
  return keepEnvironmentFile(text, isServerVariable);
}
