/** Chooses the host behind a root: the machine itself, or a recorded tree. */
import { access } from "node:fs/promises";
import type { Clock } from "@nodekeeper/shared";
import type { OpenedHost } from "./host.ts";
import { createLocalHost } from "./local-host.ts";
import { createRecordedHost } from "./recorded-host.ts";
import { recordingPath } from "./recording.ts";

/** Opens the host whose root filesystem lies at `root` (absolute). A folder with a recording in it is replayed. */
export async function openHost(root: string, clock: Clock): Promise<OpenedHost> {
  if (!(await isThere(recordingPath(root)))) return createLocalHost({ root, clock });
  return { ...(await createRecordedHost({ root, clock })), abandonedChildCount: () => 0 };
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
