/** The contract of a part of the probe `system`. */
import type { Host } from "../../../host/host.ts";
import type { HostFiles } from "../host-files.ts";
import type { Section } from "../section.ts";

/** What a part reads and makes of it. */
export interface SystemSection {
  /** Folders to list; first. */
  readonly folders: readonly string[];
  /** Files to read, then. */
  files(host: Pick<Host, "root" | "isLive">): readonly string[];
  /** Files that only the listings make known. */
  furtherFiles?(listed: HostFiles): readonly string[];
  /** Pure. */
  parse(files: HostFiles): readonly Section[];
}
