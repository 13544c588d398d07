/** Ollama's servers and where requests for each model go. */
import type { NodeSummary, RouteKind, RouteTableBody } from "@nodekeeper/shared/api";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { SearchBox, Segments } from "../choices.tsx";
import { Command } from "../command.tsx";
import { useChoices } from "../route.ts";
import { RouteServers } from "./route-servers.tsx";
import { RouteTable } from "./route-table.tsx";
import { isRowMatch, servingText } from "./route-words.ts";

/** Nobody needs to choose among so few. */
const fewServers = 5;
/** What a policy says of a server that no agent tells of. */
const exampleOfPolicy = `routing:
  servers:
    - { name: studio, url: "http://10.0.0.9:11434", roles: [generation] }`;

/** Both tables, or what to do where there is nothing to show. */
export function RoutesSection(props: {
  readonly routes: RouteTableBody;
  readonly nodes: ReadonlyMap<string, NodeSummary> | undefined;
  readonly nowMs: number;
}): JSX.Element {
  const { routes, nodes, nowMs } = props;
  const { servers, models } = routes;
  const [choices, choose] = useChoices();
  const serves = choices.get("serves") ?? "";
  const serving = useMemo(() => servers.filter(({ isServing }) => isServing), [servers]);
  const shown = serves === "yes" ? serving : serves === "no" ? servers.filter(({ isServing }) => !isServing) : servers;
  const words = choices.get("models") ?? "";
  const kind: RouteKind = choices.get("table") === "embeddings" ? "embeddings" : "generation";
  const rows = useMemo(() => models.filter((row) => row.kind === kind && isRowMatch(row, words)), [models, kind, words]);
  if (servers.length === 0) return <NoServers />;
  const countOf = (wanted: RouteKind): number => models.filter((row) => row.kind === wanted).length;
  return (
    <>
      <section>
        <h2>Ollama servers</h2>
        <p class="quiet">Requests are taken for {servingText(servers)}.</p>
        {servers.length > fewServers && (
          <div class="filters">
            <Segments
              label="Which servers"
              options={[
                { value: "", text: "all", count: servers.length },
                { value: "yes", text: "serve", count: serving.length },
                { value: "no", text: "serve nobody", count: servers.length - serving.length },
              ]}
              chosen={serves}
              onChoose={(chosen) => choose({ serves: chosen })}
            />
          </div>
        )}
        <RouteServers servers={shown} isNode={(name) => nodes?.has(name) ?? false} nowMs={nowMs} />
      </section>
      <section>
        <h2>Where models go</h2>
        <div class="filters">
          <div class="filter-line">
            <Segments
              label="Requests"
              options={[
                { value: "generation", text: "Generation", count: countOf("generation") },
                { value: "embeddings", text: "Embeddings", count: countOf("embeddings") },
              ]}
              chosen={kind}
              onChoose={(chosen) => choose({ table: chosen === "generation" ? "" : chosen })}
            />
            <SearchBox label="Search models" words={words} onChange={(typed) => choose({ models: typed })} />
          </div>
        </div>
        {rows.length === 0 ? (
          <p class="empty">{words === "" ? "No server said which models it has." : "No model matches."}</p>
        ) : (
          <RouteTable rows={rows} servers={servers} onAsk={(model) => ask(choose, model, kind)} />
        )}
      </section>
    </>
  );
}

/** Fills the box above, and shows it. */
function ask(choose: (changes: Readonly<Record<string, string>>) => void, model: string, kind: RouteKind): void {
  choose({ model, kind: kind === "embeddings" ? kind : "", context: "" });
  const box = document.getElementById("where-would-it-go");
  box?.scrollIntoView({ block: "center" });
  box?.querySelector("input")?.focus({ preventScroll: true });
}

function NoServers(): JSX.Element {
  return (
    <section>
      <h2>Ollama servers</h2>
      <p class="quiet">
        No Ollama server is known: no agent sees one on its machine, and the policy names none. What an agent sees appears here by
        itself; a server on a machine without an agent is named in the policy (<code>docs/policy.md</code>, Routing):
      </p>
      <Command command={exampleOfPolicy} on="" />
    </section>
  );
}
