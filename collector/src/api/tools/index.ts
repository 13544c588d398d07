/** The list of this folder. A test holds the two together. */
import { canRunModel } from "./can-run-model.ts";
import { explainRoute } from "./explain-route.ts";
import { findFreeGpu } from "./find-free-gpu.ts";
import { listGpus } from "./list-gpus.ts";
import { listLoadedModels } from "./list-loaded-models.ts";
import { nodeHealth } from "./node-health.ts";
import type { Tool } from "./support/tool.ts";

/** All tools, as models are told of them. */
export const tools: readonly Tool[] = [listGpus, findFreeGpu, canRunModel, listLoadedModels, explainRoute, nodeHealth];
