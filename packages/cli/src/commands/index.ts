/** The list of this folder. A test holds the two together. */
import type { Command } from "../command.ts";
import { accept } from "./accept.ts";
import { ack } from "./ack.ts";
import { apply } from "./apply.ts";
import { audit } from "./audit.ts";
import { authority } from "./authority.ts";
import { authorityRotate } from "./authority-rotate.ts";
import { backup } from "./backup.ts";
import { baseline } from "./baseline.ts";
import { blast } from "./blast.ts";
import { capture } from "./capture.ts";
import { changes } from "./changes.ts";
import { credentials } from "./credentials.ts";
import { credentialsRevoke } from "./credentials-revoke.ts";
import { credentialsRotate } from "./credentials-rotate.ts";
import { decisions } from "./decisions.ts";
import { decisionsEnd } from "./decisions-end.ts";
import { decommission } from "./decommission.ts";
import { doctor } from "./doctor.ts";
import { enroll } from "./enroll.ts";
import { explain } from "./explain.ts";
import { findings } from "./findings.ts";
import { gpuRelease } from "./gpu-release.ts";
import { gpuReservations } from "./gpu-reservations.ts";
import { gpuReserve } from "./gpu-reserve.ts";
import { gpuUsage } from "./gpu-usage.ts";
import { gpus } from "./gpus.ts";
import { maintenance } from "./maintenance.ts";
import { mute } from "./mute.ts";
import { node } from "./node.ts";
import { nodes } from "./nodes.ts";
import { notifications } from "./notifications.ts";
import { notificationsTest } from "./notifications-test.ts";
import { onboard } from "./onboard.ts";
import { onboardRetry } from "./onboard-retry.ts";
import { onboardSkip } from "./onboard-skip.ts";
import { onboardStatus } from "./onboard-status.ts";
import { openWebuiConnect } from "./open-webui-connect.ts";
import { openWebuiRestore } from "./open-webui-restore.ts";
import { override } from "./override.ts";
import { overrideEnd } from "./override-end.ts";
import { overrides } from "./overrides.ts";
import { plan } from "./plan.ts";
import { policyCheck } from "./policy-check.ts";
import { policyDefault } from "./policy-default.ts";
import { policyFacts } from "./policy-facts.ts";
import { policyTest } from "./policy-test.ts";
import { prune } from "./prune.ts";
import { reconcile } from "./reconcile.ts";
import { retire } from "./retire.ts";
import { revert } from "./revert.ts";
import { routeExplain } from "./route-explain.ts";
import { routes } from "./routes.ts";
import { tokenCreate } from "./token-create.ts";
import { tokenList } from "./token-list.ts";
import { tokenRevoke } from "./token-revoke.ts";
import { whoami } from "./whoami.ts";

/** Every command, in the order in which `--help` shows them. */
export const commands: readonly Command[] = [
  doctor,
  nodes,
  node,
  findings,
  ack,
  accept,
  mute,
  maintenance,
  decisions,
  decisionsEnd,
  baseline,
  changes,
  notifications,
  notificationsTest,
  gpus,
  gpuReserve,
  gpuRelease,
  gpuReservations,
  gpuUsage,
  routes,
  routeExplain,
  openWebuiConnect,
  openWebuiRestore,
  onboard,
  onboardStatus,
  onboardRetry,
  onboardSkip,
  plan,
  apply,
  explain,
  override,
  overrideEnd,
  overrides,
  revert,
  prune,
  reconcile,
  blast,
  decommission,
  capture,
  enroll,
  tokenCreate,
  tokenList,
  tokenRevoke,
  credentials,
  credentialsRotate,
  credentialsRevoke,
  retire,
  audit,
  authority,
  authorityRotate,
  backup,
  policyCheck,
  policyTest,
  policyFacts,
  policyDefault,
  whoami,
];
