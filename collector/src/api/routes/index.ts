/** The list of this folder. A test holds the two together. */
import type { Route } from "../route.ts";
import { changes } from "./changes.ts";
import { findings } from "./findings.ts";
import { healthz } from "./healthz.ts";
import { metrics } from "./metrics.ts";
import { node } from "./node.ts";
import { nodeChanges } from "./node-changes.ts";
import { nodeForecasts } from "./node-forecasts.ts";
import { nodeHealthRoute } from "./node-health.ts";
import { nodeHistory } from "./node-history.ts";
import { nodes } from "./nodes.ts";
import { readyz } from "./readyz.ts";
import { stream } from "./stream.ts";

/** Every route of the API. */
export const routes: readonly Route[] = [
  nodes,
  node,
  nodeHealthRoute,
  nodeHistory,
  nodeForecasts,
  nodeChanges,
  changes,
  findings,
  stream,
  metrics,
  healthz,
  readyz,
];
