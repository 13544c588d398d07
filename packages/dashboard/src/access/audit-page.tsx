/** Who did what, and who was refused; for admins. */
import type { AuditList, AuditRecord } from "@nodekeeper/shared/api";
import { formatAgo } from "@nodekeeper/shared/format";
import { changesText, foldAudit } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useNowMs } from "../clock.ts";

const pageLength = 100;
const tones: Readonly<Record<AuditRecord["outcome"], string>> = {
  begun: "quiet",
  done: "ok",
  refused: "degraded",
  failed: "failed",
};

/** The newest first, more on request. */
export function AuditPage(): JSX.Element {
  const [records, setRecords] = useState<readonly AuditRecord[]>([]);
  const [next, setNext] = useState<string | undefined>("");
  const [trouble, setTrouble] = useState("");
  const [isWhole, setIsWhole] = useState(false);
  const now = useNowMs();
  const more = (cursor: string): void => {
    fetchPage(cursor).then(
      (page) => {
        setRecords((before) => [...before, ...page.records]);
        setNext(page.nextCursor);
      },
      (thrown: unknown) => setTrouble(thrown instanceof Error ? thrown.message : String(thrown)),
    );
  };
  useEffect(() => more(""), []);
  const folded = foldAudit(records);
  const hiddenCount = records.length - folded.length;
  return (
    <section class="title">
      <a class="back" href="#/">
        ← all nodes
      </a>
      <h1>Audit</h1>
      {trouble !== "" && <p class="bad">{trouble}</p>}
      {records.length === 0 && next === undefined && <p class="empty">Nothing was done yet.</p>}
      {records.length > 0 && (
        <div class="table-place">
          <table class="audit">
            <thead>
              <tr>
                <th>When</th>
                <th />
                <th>Who</th>
                <th>Did</th>
                <th>To</th>
                <th>Detail</th>
              </tr>
            </thead>
            <tbody>
              {(isWhole ? records : folded).map((record) => (
                <Row key={record.id} record={record} nowMs={now} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {hiddenCount > 0 && (
        <p class="quiet">
          Of writes on the cluster the end is shown.{" "}
          <button type="button" class="inline" onClick={() => setIsWhole(!isWhole)}>
            {isWhole ? "Hide" : "Show"} that they were begun
          </button>
        </p>
      )}
      {next !== undefined && next !== "" && (
        <button type="button" class="more" onClick={() => more(next)}>
          Show more
        </button>
      )}
    </section>
  );
}

function Row(props: { readonly record: AuditRecord; readonly nowMs: number }): JSX.Element {
  const { id, at, actor, action, target, outcome, detail, changes } = props.record;
  const changed = changesText(changes);
  return (
    <tr>
      <td title={at}>{formatAgo(at, props.nowMs)}</td>
      <td>
        <span class={`pill ${tones[outcome]}`}>{outcome}</span>
      </td>
      <td>{actorText(actor)}</td>
      <td>
        {action}
        {changed !== "" && <span class="quiet"> #{id}</span>}
      </td>
      <td>{target.name === "" ? target.kind : `${target.kind} ${target.name}`}</td>
      <td class="message">
        {changed}
        <div class="quiet">{detail}</div>
      </td>
    </tr>
  );
}

function actorText({ kind, name }: AuditRecord["actor"]): string {
  if (kind === "local" || kind === "collector") return kind;
  return name === "" ? "nobody known" : kind === "user" ? name : `${kind} ${name}`;
}

async function fetchPage(cursor: string): Promise<AuditList> {
  const url = new URL("api/v1/audit", document.baseURI);
  url.search = new URLSearchParams({ limit: String(pageLength), ...(cursor === "" ? {} : { cursor }) }).toString();
  const response = await fetch(url);
  if (!response.ok) throw new Error(`the collector answered ${response.status}`);
  return response.json();
}
