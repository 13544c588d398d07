/** Loads Kubernetes' client, which costs tens of MB, when it is needed: as source where this is source, else as the bundle beside the collector's. */
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

/** What client-node.ts exports. */
export async function loadClientNode(): Promise<typeof import("./client-node.ts")> {
  const here = import.meta.filename;
  const file = here.endsWith(".ts") ? "client-node.ts" : "client-node.cjs";
  const loaded: unknown = await import(pathToFileURL(join(dirname(here), file)).href);
  return loaded as typeof import("./client-node.ts"); // the file of that name, or its bundle
}
