/** Ollama servers: which of them get requests for generation and embeddings now, which do not and why. */
import type { RoutedServerBody, RouteKind } from "@nodekeeper/shared/api";
import { formatSince } from "@nodekeeper/shared/format";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Prose } from "../prose.tsx";
import { nodeLink } from "../route.ts";
import { More } from "./more.tsx";
import { kindWord, loadedOnText } from "./route-words.ts";

const shownAtOnce = 10;
/** Models that a line names. */
const loadedAtMost = 4;
const reachWords: Readonly<Record<RoutedServerBody["reach"], string>> = {
  up: "answers",
  down: "does not answer",
  unknown: "not known",
};

/** One line each. */
export function RouteServers(props: {
  readonly servers: readonly RoutedServerBody[];
  /** Whether a node of this name has a page. */
  readonly isNode: (name: string) => boolean;
  readonly nowMs: number;
}): JSX.Element {
  const { servers, isNode, nowMs } = props;
  const [limit, setLimit] = useState(shownAtOnce);
  return (
    <>
      <div class="table-place">
        <table class="stacked servers">
          <thead>
            <tr>
              <th>Server</th>
              <th>Now</th>
              <th>Generation</th>
              <th>Embeddings</th>
              <th>Loaded</th>
            </tr>
          </thead>
          <tbody>
            {servers.slice(0, limit).map((server) => (
              <Row key={server.name} server={server} isNode={isNode(server.name)} nowMs={nowMs} />
            ))}
          </tbody>
        </table>
      </div>
      <More count={servers.length} limit={limit} what="servers" onMore={() => setLimit(limit + 5 * shownAtOnce)} />
    </>
  );
}

function Row(props: { readonly server: RoutedServerBody; readonly isNode: boolean; readonly nowMs: number }): JSX.Element {
  const { server, isNode, nowMs } = props;
  const { name, url, text, reach, since, isServing, loaded, slowedSince } = server;
  const more = loaded.length - loadedAtMost;
  return (
    <tr>
      <td class="wrap">
        {isNode ? <a href={nodeLink(name)}>{name}</a> : <strong>{name}</strong>}
        <div class="quiet">{url ?? ""}</div>
      </td>
      <td class="wrap">
        <span class={`pill ${isServing ? "ok" : reach === "down" ? "failed" : "degraded"}`}>
          {isServing ? "serves" : "serves nobody"}
        </span>
        {text !== "it answers" && (
          <div class="quiet">
            <Prose text={text} />
          </div>
        )}
        {since !== undefined && (
          <div class="quiet">
            {reachWords[reach]} {formatSince(since, nowMs)}
          </div>
        )}
        {slowedSince !== undefined && <div class="waits">heat holds its GPU back {formatSince(slowedSince, nowMs)}</div>}
      </td>
      <Kind server={server} kind="generation" title="Generation" />
      <Kind server={server} kind="embeddings" title="Embeddings" />
      <td class="wrap" data-title="Loaded">
        <div>
          {loaded.length === 0 && <span class="quiet">nothing</span>}
          {loaded.slice(0, loadedAtMost).map((each) => (
            <div key={each.model}>{loadedOnText(each, nowMs)}</div>
          ))}
          {more > 0 && <div class="quiet">and {more} more</div>}
        </div>
      </td>
    </tr>
  );
}

function Kind(props: { readonly server: RoutedServerBody; readonly kind: RouteKind; readonly title: string }): JSX.Element {
  const word = kindWord(props.server, props.kind);
  return (
    <td data-title={props.title} class={word === "not now" || word === "not known" ? "warning" : ""}>
      {word === "no" ? <span class="quiet">no</span> : word}
    </td>
  );
}
