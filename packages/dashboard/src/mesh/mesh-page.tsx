/** The ways between machines over the tailnet, from both ends: all of them at a glance where they are few, else those that are worth a look. */
import type { Mesh, MeshPath } from "@nodekeeper/shared/api";
import { counted } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Segments } from "../choices.tsx";
import { useNowMs } from "../clock.ts";
import { useAsked } from "../cluster/use-asked.ts";
import { nodeLink, useChoices } from "../route.ts";
import { useLast } from "../use-last.ts";
import { MeshMatrix } from "./mesh-matrix.tsx";
import { endText } from "./mesh-text.ts";

/** So many machines fit on a screen, with each other. */
const matrixLimit = 12;
const shownAtOnce = 100;
/** The collector gives no more in one answer. */
const mostAtOnce = 1_000;

const queries: Readonly<Record<string, string>> = {
  "": "",
  differ: "agreement=differ",
  relayed: "way=relay,peer-relay",
  unknown: "agreement=unknown",
};
const tones: Readonly<Record<MeshPath["agreement"], string>> = { differ: "degraded", agree: "ok", unknown: "unknown" };
const words: Readonly<Record<MeshPath["agreement"], string>> = {
  differ: "ends differ",
  agree: "ends agree",
  unknown: "not known",
};

/** The page. */
export function MeshPage(): JSX.Element {
  const [choices, choose] = useChoices();
  const now = useNowMs();
  const [limit, setLimit] = useState(shownAtOnce);
  const show = choices.get("show") ?? "";
  const node = choices.get("node") ?? "";
  const asked = useAsked<Mesh>(`api/v1/mesh?${pathOf(queries[show] ?? "", node, limit)}`);
  const mesh = useLast(asked.body);
  const isMatrix = mesh !== undefined && show === "" && node === "" && mesh.counts.nodes <= matrixLimit;
  return (
    <>
      <section class="title">
        <h1>Mesh</h1>
        <p class="quiet" role="status">
          {mesh === undefined ? "Waiting for the collector …" : summary(mesh)}
        </p>
      </section>
      {asked.trouble !== "" && <p class="bad">{asked.trouble}</p>}
      {mesh?.counts.paths === 0 && (
        <p class="empty">
          No two machines that report here tell of a tailnet. Where Tailscale runs, the ways between them appear here.
        </p>
      )}
      {mesh !== undefined && mesh.counts.paths > 0 && (
        <section class="filters" aria-label="Which ways">
          <Segments
            label="Which ways"
            options={[
              { value: "", text: "All", count: mesh.counts.paths },
              { value: "differ", text: "Ends differ", count: mesh.counts.differ },
              { value: "relayed", text: "Relayed", count: mesh.counts.relayed },
              { value: "unknown", text: "Unknown", count: mesh.counts.unknown },
            ]}
            chosen={show}
            onChoose={(chosen) => choose({ show: chosen })}
          />
          {node !== "" && (
            <button type="button" class="inline" onClick={() => choose({ node: "" })}>
              only those of {node}: show all
            </button>
          )}
        </section>
      )}
      {isMatrix && mesh.paths.length > 0 && <MeshMatrix paths={mesh.paths} nowMs={now} />}
      {mesh !== undefined && mesh.counts.paths > 0 && mesh.paths.length === 0 && <p class="empty">None.</p>}
      {mesh !== undefined && <PathList paths={isMatrix ? mesh.paths.filter(isWorthALook) : mesh.paths} nowMs={now} />}
      {mesh?.nextCursor !== undefined &&
        (limit < mostAtOnce ? (
          <button type="button" class="more" onClick={() => setLimit(mostAtOnce)}>
            Show more of {mesh.total.toLocaleString("en")}
          </button>
        ) : (
          <p class="empty">These are the first {mostAtOnce.toLocaleString("en")}: choose to see the others.</p>
        ))}
    </>
  );
}

/** Each pair, with what both say of it. */
function PathList(props: { readonly paths: readonly MeshPath[]; readonly nowMs: number }): JSX.Element | null {
  if (props.paths.length === 0) return null;
  return (
    <section>
      <h2>Both ends</h2>
      <ul class="items ways-list">
        {props.paths.map((path) => (
          <li key={`${path.from.node} ${path.to.node}`}>
            <div class="card-head">
              <span>
                <a href={nodeLink(path.from.node)}>{path.from.node}</a> ⇄ <a href={nodeLink(path.to.node)}>{path.to.node}</a>
              </span>
              <span class={`pill ${tones[path.agreement]}`}>{words[path.agreement]}</span>
            </div>
            {[path.from, path.to].map((end) => (
              <div key={end.node} class={end.way === "unknown" ? "doubt" : ""}>
                <span class="quiet">{end.node} says:</span> {endText(end, props.nowMs)}
              </div>
            ))}
            {path.agreement === "differ" && <div class="waits">Packets come back otherwise than they go.</div>}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What the matrix does not say well enough: that the ends differ, by which relay it goes, why it is not known. */
function isWorthALook({ agreement, from, to }: MeshPath): boolean {
  return agreement !== "agree" || [from, to].some(({ way }) => way === "relay" || way === "peer-relay");
}

function summary({ counts }: Mesh): string {
  const { nodes, paths, differ, relayed, unknown } = counts;
  return [
    counted(nodes, "machine"),
    counted(paths, "way"),
    ...(differ === 0 ? [] : [`on ${differ.toLocaleString("en")} the ends differ`]),
    ...(relayed === 0 ? [] : [`${relayed.toLocaleString("en")} relayed`]),
    ...(unknown === 0 ? [] : [`${unknown.toLocaleString("en")} unknown`]),
  ].join(" · ");
}

function pathOf(query: string, node: string, limit: number): string {
  const rest = new URLSearchParams({ limit: String(limit), ...(node === "" ? {} : { node }) });
  return query === "" ? rest.toString() : `${query}&${rest}`;
}
