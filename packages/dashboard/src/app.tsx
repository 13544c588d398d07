/** The page: a bar on top with the ways to all pages, below it one of them. */
import type { NotificationOverview, ReconcileOverview } from "@nodekeeper/shared/api";
import { counted } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { AuditPage } from "./access/audit-page.tsx";
import { RefusalPage } from "./access/refusal-page.tsx";
import { isAdmin } from "./access/who.ts";
import { WhoMark } from "./access/who-mark.tsx";
import { PlanPage } from "./cluster/plan-page.tsx";
import { type Asked, useAsked } from "./cluster/use-asked.ts";
import { DisksPage } from "./disks/disks-page.tsx";
import { type Deciding, useDeciding } from "./findings/deciding.ts";
import { isLoud } from "./findings/finding-filter.ts";
import { FindingsPage } from "./findings/findings-page.tsx";
import { FleetPage } from "./fleet/fleet-page.tsx";
import { GpusPage } from "./gpus/gpus-page.tsx";
import type { LiveState } from "./live/connection.ts";
import { useLive } from "./live/use-live.ts";
import { MeshPage } from "./mesh/mesh-page.tsx";
import { Nav, type Way } from "./nav.tsx";
import { NodePage } from "./node/node-page.tsx";
import { notificationTroubles } from "./notifications/notification-troubles.ts";
import { NotificationsPage } from "./notifications/notifications-page.tsx";
import { OnboardingPage } from "./onboarding/onboarding-page.tsx";
import { type Place, usePlace } from "./route.ts";

/** What every page may need besides the live picture. */
interface Asides {
  readonly reconcile: Asked<ReconcileOverview>;
  readonly notifications: Asked<NotificationOverview>;
  readonly deciding: Deciding;
}

/** Everything. */
export function App(): JSX.Element {
  const place = usePlace();
  const live = useLive(place.kind === "node" ? place.name : undefined);
  const isKnown = live.access?.kind === "known";
  const reconcile = useAsked<ReconcileOverview>(isKnown ? "api/v1/reconcile" : undefined);
  const notifications = useAsked<NotificationOverview>(isKnown ? "api/v1/notifications" : undefined);
  const deciding = useDeciding(isKnown, isAdmin(live.access));
  const asides = { reconcile, notifications, deciding };
  const ways = useWays(live, asides);
  const title = place.kind === "node" ? place.name : ways.find(({ kind }) => kind === place.kind)?.text;
  useEffect(() => {
    document.title = title === undefined || place.kind === "fleet" ? "nodekeeper" : `${title} · nodekeeper`;
  }, [title, place.kind]);
  return (
    <>
      <header class="bar">
        <a class="brand" href="#/">
          <img src="./icon.svg" alt="" width="24" height="24" />
          nodekeeper
        </a>
        {isKnown && <Nav ways={ways} here={place.kind} />}
        <span class="bar-end">
          <WhoMark access={live.access} />
          <ConnectionMark state={live} />
        </span>
      </header>
      <main>
        <Page place={place} live={live} asides={asides} />
      </main>
    </>
  );
}

function Page(props: { readonly place: Place; readonly live: LiveState; readonly asides: Asides }): JSX.Element {
  const { place, live, asides } = props;
  const { access } = live;
  const { reconcile, notifications, deciding } = asides;
  const hasCluster = reconcile.body?.isConfigured === true;
  if (access?.kind === "login" || access?.kind === "forbidden") return <RefusalPage access={access} />;
  switch (place.kind) {
    case "audit":
      return <AuditPage />;
    case "plan":
      return <PlanPage reconcile={reconcile} isAdmin={isAdmin(access)} />;
    case "onboarding":
      return <OnboardingPage live={live} isAdmin={isAdmin(access)} />;
    case "findings":
      return <FindingsPage live={live} deciding={deciding} />;
    case "disks":
      return <DisksPage />;
    case "gpus":
      return <GpusPage live={live} isAdmin={isAdmin(access)} />;
    case "mesh":
      return <MeshPage />;
    case "notifications":
      return <NotificationsPage notifications={notifications} isAdmin={isAdmin(access)} />;
    case "node":
      return <NodePage key={place.name} name={place.name} live={live} hasCluster={hasCluster} deciding={deciding} />;
    case "fleet":
      return <FleetPage live={live} overview={reconcile.body} notifications={notifications.body} deciding={deciding} />;
  }
}

function useWays(live: LiveState, { reconcile, notifications }: Asides): readonly Way[] {
  const findings = live.picture?.findings;
  const loud = useMemo(() => [...(findings?.values() ?? [])].filter(isLoud), [findings]);
  const troubles = notificationTroubles(notifications.body).length;
  return [
    { kind: "fleet", text: "Nodes" },
    {
      kind: "findings",
      text: "Findings",
      mark: {
        count: loud.length,
        words: counted(loud.length, "open finding"),
        isLoud: loud.some(({ severity }) => severity === "high"),
      },
    },
    { kind: "disks", text: "Disks" },
    { kind: "gpus", text: "GPUs" },
    { kind: "mesh", text: "Mesh" },
    { kind: "onboarding", text: "Onboarding" },
    ...(reconcile.body?.isConfigured === true ? [{ kind: "plan", text: "Plan" } as const] : []),
    {
      kind: "notifications",
      text: "Notifications",
      mark: {
        count: troubles,
        words: counted(troubles, "way of telling people fails", "ways of telling people fail"),
        isLoud: true,
      },
    },
    ...(isAdmin(live.access) ? [{ kind: "audit", text: "Audit" } as const] : []),
  ];
}

function ConnectionMark(props: { readonly state: LiveState }): JSX.Element {
  const { connection, access } = props.state;
  if (access?.kind === "login" || access?.kind === "forbidden") return <span />;
  const words = { live: "live", connecting: "connecting …", lost: "connection lost, what you see is old; trying again …" };
  return (
    <span class={`connection ${connection}`} role="status">
      {words[connection]}
    </span>
  );
}
