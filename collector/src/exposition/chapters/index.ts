/** The list of this folder, in the order of the page. A test holds the two together. */
import type { Chapter } from "../chapter.ts";
import { disks } from "./disks.ts";
import { filesystems } from "./filesystems.ts";
import { findings } from "./findings.ts";
import { gpus } from "./gpus.ts";
import { modelUsage } from "./model-usage.ts";
import { nodes } from "./nodes.ts";
import { ollama } from "./ollama.ts";
import { plans } from "./plans.ts";
import { probes } from "./probes.ts";
import { routes } from "./routes.ts";
import { tailnet } from "./tailnet.ts";

/** Every chapter. */
export const chapters: readonly Chapter[] = [
  nodes,
  probes,
  findings,
  disks,
  filesystems,
  gpus,
  tailnet,
  ollama,
  modelUsage,
  routes,
  plans,
];
