/** Chooses the host behind a root: the machine itself, or a recorded tree. */
import { access } from "node:fs/promises";
import { AppError, type Clock } from "@nodekeeper/shared";
import type { OpenedHost } from "./host.ts";
import { createLocalHost } from "./local-host.ts";
import { createRecordedHost } from "./recorded-host.ts";
import { recordingPath } from "./recording.ts";

/** Opens the host whose root filesystem lies at `root` (absolute). A folder with a recording in it is replayed. */
export async function openHost(root: string, clock: Clock): Promise<OpenedHost> {
  if (!(await isThere(recordingPath(root)))) return createLocalHost({ root, clock });
  const attend: OpenedHost["attend"] = async (command) => {
    throw new AppError("HOST_NOT_SUPPORTED", `cannot run ${command}: ${root} is a recording`);
  };
  return { ...(await createRecordedHost({ root, clock })), abandonedChildCount: () => 0, attend };
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
