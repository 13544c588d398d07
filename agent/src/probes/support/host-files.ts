/** What a probe read, by path: files and listings with their outcomes. */
import type { Host } from "../../host/host.ts";
import { optionalValue, type Reading, readFile, readNames, requiredValue } from "../../host/reading.ts";
import { printable } from "./printable.ts";

/** Files and listings by host path. */
export interface HostFiles {
  readonly files: ReadonlyMap<string, Reading>;
  readonly folders: ReadonlyMap<string, Reading<readonly string[]>>;
}

/** Reads files and lists folders, each path once. */
export async function readHostFiles(
  host: Host,
  paths: { readonly files?: Iterable<string>; readonly folders?: Iterable<string> },
): Promise<HostFiles> {
  const [files, folders] = await Promise.all([
    Promise.all([...new Set(paths.files)].map((path) => readFile(host, path))),
    Promise.all([...new Set(paths.folders)].map((path) => readNames(host, path))),
  ]);
  return {
    files: new Map(files.map((reading) => [reading.path, reading])),
    folders: new Map(folders.map((reading) => [reading.path, reading])),
  };
}

/** Two of them as one. */
export function joinHostFiles(left: HostFiles, right: HostFiles): HostFiles {
  return { files: new Map([...left.files, ...right.files]), folders: new Map([...left.folders, ...right.folders]) };
}

/** The text of a file; undefined where it is not there. Throws where it could not be read. */
export function textAt({ files }: HostFiles, path: string): string | undefined {
  return optionalValue(files.get(path) ?? { outcome: "absent", path });
}

/** The text of a file that every machine has; throws HOST_FILE_MISSING where it is not there. */
export function requiredTextAt({ files }: HostFiles, path: string): string {
  return requiredValue(files.get(path) ?? { outcome: "absent", path });
}

/** The text of a file of one line, trimmed and without what harms a terminal; empty where it is not there. */
export function lineAt(files: HostFiles, path: string): string {
  return printable((textAt(files, path) ?? "").trim());
}

/** The names in a folder; none where it is not there. Throws where it could not be listed. */
export function namesAt({ folders }: HostFiles, path: string): readonly string[] {
  return optionalValue(folders.get(path) ?? { outcome: "absent", path }) ?? [];
}

/**
 * Paths of those names that lie in a listed folder: asking for a file that is not there costs more than listing. None where the folder could
 * not be listed; whoever parses asks `namesAt` for it, and so learns why.
 */
export function pathsIn({ folders }: HostFiles, folder: string, names: readonly string[]): readonly string[] {
  const listing = folders.get(folder);
  return listing?.outcome === "ok" ? names.filter((name) => listing.value.includes(name)).map((name) => `${folder}/${name}`) : [];
}

/** The text of a file in a listed folder; undefined where it is not there. Throws where folder or file could not be read. */
export function textIn(files: HostFiles, folder: string, name: string): string | undefined {
  return namesAt(files, folder).includes(name) ? textAt(files, `${folder}/${name}`) : undefined;
}
