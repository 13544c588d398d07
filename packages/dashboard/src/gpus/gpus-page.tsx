/** GPUs and routes, live: what each GPU is good for now and who has it, which Ollama takes which requests, and how it was. */
import type { FleetGpuList, RouteTableBody } from "@nodekeeper/shared/api";
import { counted } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { useNowMs } from "../clock.ts";
import { countBy } from "../count-by.ts";
import type { LiveState } from "../live/connection.ts";
import { useFollowed } from "../live/use-followed.ts";
import { AskFree } from "./ask-free.tsx";
import { AskRoute } from "./ask-route.tsx";
import { gpuNews, type ShownMachine, shownMachines, standings, standingWords } from "./gpu-machines.ts";
import { MachinesSection } from "./machines-section.tsx";
import { RoutesSection } from "./routes-section.tsx";
import { UsageSection } from "./usage-section.tsx";

/** The page. */
export function GpusPage(props: { readonly live: LiveState; readonly isAdmin: boolean }): JSX.Element {
  const { live, isAdmin } = props;
  const nodes = live.picture?.nodes;
  const now = useNowMs();
  const news = useMemo(() => gpuNews(nodes), [nodes]);
  const gpus = useFollowed<FleetGpuList>("api/v1/gpus", news);
  const routes = useFollowed<RouteTableBody>("api/v1/routes", news);
  // Who keeps a GPU, and the routes, are not in the stream: what is seen of them here is news to the questions.
  const answers = useMemo(() => ({ news, list: gpus.body, table: routes.body }), [news, gpus.body, routes.body]);
  const machines = useMemo(
    () => (gpus.body === undefined ? undefined : shownMachines(gpus.body, (node) => nodes?.get(node)?.status)),
    [gpus.body, nodes],
  );
  const models = useMemo(() => [...new Set(routes.body?.models.map(({ model }) => model))], [routes.body]);
  const onKept = (): void => {
    gpus.again();
    routes.again();
  };
  const hasServers = (routes.body?.servers.length ?? 0) > 0;
  return (
    <>
      <section class="title">
        <h1>GPUs</h1>
        <p class="quiet" role="status">
          {machines === undefined ? (gpus.trouble === "" ? "Waiting for the collector …" : "") : summary(machines)}
        </p>
      </section>
      {[...new Set([gpus.trouble, routes.trouble])]
        .filter((trouble) => trouble !== "")
        .map((trouble) => (
          <p key={trouble} class="bad">
            {trouble}
          </p>
        ))}
      {machines?.length === 0 && (
        <p class="empty">
          No GPU that computes is known. A machine whose agent sees one (NVIDIA, AMD or Intel) appears here within seconds.
        </p>
      )}
      {machines !== undefined && machines.length > 0 && (
        <MachinesSection machines={machines} nowMs={now} isAdmin={isAdmin} onKept={onKept} />
      )}
      {((machines?.length ?? 0) > 0 || hasServers) && (
        <div class="asks">
          {(machines?.length ?? 0) > 0 && <AskFree news={answers} />}
          {hasServers && <AskRoute models={models} news={answers} />}
        </div>
      )}
      {routes.body !== undefined && <RoutesSection routes={routes.body} nodes={nodes} nowMs={now} />}
      {machines !== undefined && machines.length > 0 && (
        <UsageSection nodes={machines.map(({ node }) => node)} first={firstOf(machines)} nowMs={now} />
      )}
    </>
  );
}

/** One that is there: of one that is off there is little to see. */
function firstOf(machines: readonly ShownMachine[]): string {
  const isThere = ({ gpus }: ShownMachine): boolean => gpus.some(({ standing }) => standing !== "off" && standing !== "unknown");
  return (machines.find(isThere) ?? machines[0])?.node ?? "";
}

function summary(machines: readonly ShownMachine[]): string {
  const gpus = machines.flatMap((machine) => machine.gpus);
  if (gpus.length === 0) return "";
  const counts = countBy(gpus, ({ standing }) => standing);
  const parts = standings.flatMap((standing) => {
    const count = counts.get(standing);
    return count === undefined ? [] : [`${count.toLocaleString("en")} ${standingWords[standing]}`];
  });
  return `${counted(gpus.length, "GPU")} on ${counted(machines.length, "machine")} · ${parts.join(", ")}`;
}
