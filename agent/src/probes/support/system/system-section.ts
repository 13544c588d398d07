/** The contract of a part of the probe `system`. */
import type { Host } from "../../../host/host.ts";
import type { SubjectKind } from "../../../payload.ts";
import type { HostFiles } from "../host-files.ts";
import type { Section } from "../section.ts";

/** What a part reads and makes of it. */
export interface SystemSection {
  /**
   * The kind of its subject, where most of that is inventory: what only a reboot or an update changes. While the last reading is young, the
   * part *rests*: it reads and says only what may have changed, and the rest is carried (Payload.carried).
   */
  readonly inventory?: SubjectKind;
  /** Folders to list; first. */
  folders(isResting: boolean): readonly string[];
  /** Files to read, then. */
  files(host: Pick<Host, "root" | "isLive">, isResting: boolean): readonly string[];
  /** Files that only the listings make known. */
  furtherFiles?(listed: HostFiles, isResting: boolean): readonly string[];
  /** Pure. */
  parse(files: HostFiles, isResting: boolean): readonly Section[];
}
