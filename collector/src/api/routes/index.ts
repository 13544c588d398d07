/** The list of this folder. A test holds the two together. */
import type { Route } from "../route.ts";
import { actionRevert } from "./action-revert.ts";
import { audit } from "./audit.ts";
import { authority } from "./authority.ts";
import { authorityRotate } from "./authority-rotate.ts";
import { backup } from "./backup.ts";
import { blast } from "./blast.ts";
import { changes } from "./changes.ts";
import { credentialRevoke } from "./credential-revoke.ts";
import { credentialRotate } from "./credential-rotate.ts";
import { credentials } from "./credentials.ts";
import { decisionCreate } from "./decision-create.ts";
import { decisionEnd } from "./decision-end.ts";
import { decisions } from "./decisions.ts";
import { decommission } from "./decommission.ts";
import { diskBaseline } from "./disk-baseline.ts";
import { disks } from "./disks.ts";
import { finding } from "./finding.ts";
import { findings } from "./findings.ts";
import { gpuAvailabilityRoute } from "./gpu-availability.ts";
import { gpuRelease } from "./gpu-release.ts";
import { gpuReservations } from "./gpu-reservations.ts";
import { gpuReserve } from "./gpu-reserve.ts";
import { gpuUsageRoute } from "./gpu-usage.ts";
import { gpus } from "./gpus.ts";
import { health } from "./health.ts";
import { healthz } from "./healthz.ts";
import { mesh } from "./mesh.ts";
import { metrics } from "./metrics.ts";
import { metricsNodes } from "./metrics-nodes.ts";
import { node } from "./node.ts";
import { nodeChanges } from "./node-changes.ts";
import { nodeExplain } from "./node-explain.ts";
import { nodeForecasts } from "./node-forecasts.ts";
import { nodeGpusRoute } from "./node-gpus.ts";
import { nodeHealthRoute } from "./node-health.ts";
import { nodeHistory } from "./node-history.ts";
import { nodeOnboarding } from "./node-onboarding.ts";
import { nodeRetire } from "./node-retire.ts";
import { nodes } from "./nodes.ts";
import { notifications } from "./notifications.ts";
import { notificationsTest } from "./notifications-test.ts";
import { onboarding } from "./onboarding.ts";
import { onboardingRetry } from "./onboarding-retry.ts";
import { onboardingSkip } from "./onboarding-skip.ts";
import { overrideCreate } from "./override-create.ts";
import { overrideEnd } from "./override-end.ts";
import { overrides } from "./overrides.ts";
import { plan } from "./plan.ts";
import { planApprove } from "./plan-approve.ts";
import { prune } from "./prune.ts";
import { readyz } from "./readyz.ts";
import { reconcile } from "./reconcile.ts";
import { routeExplain } from "./route-explain.ts";
import { routesRoute } from "./routes.ts";
import { stream } from "./stream.ts";
import { tokenCreate } from "./token-create.ts";
import { tokenRevoke } from "./token-revoke.ts";
import { tokens } from "./tokens.ts";
import { whoami } from "./whoami.ts";

/** Every route of the API. */
export const routes: readonly Route[] = [
  nodes,
  node,
  nodeHealthRoute,
  nodeHistory,
  nodeForecasts,
  nodeGpusRoute,
  nodeChanges,
  changes,
  health,
  disks,
  mesh,
  findings,
  finding,
  decisions,
  decisionCreate,
  decisionEnd,
  diskBaseline,
  stream,
  onboarding,
  nodeOnboarding,
  onboardingRetry,
  onboardingSkip,
  notifications,
  notificationsTest,
  reconcile,
  plan,
  planApprove,
  nodeExplain,
  overrides,
  overrideCreate,
  overrideEnd,
  actionRevert,
  prune,
  gpus,
  gpuAvailabilityRoute,
  gpuUsageRoute,
  gpuReservations,
  gpuReserve,
  gpuRelease,
  routesRoute,
  routeExplain,
  blast,
  decommission,
  whoami,
  tokens,
  tokenCreate,
  tokenRevoke,
  credentials,
  credentialRotate,
  credentialRevoke,
  audit,
  authority,
  authorityRotate,
  nodeRetire,
  backup,
  metrics,
  metricsNodes,
  healthz,
  readyz,
];
