/** `nodekeeper audit`: who did what, and who was refused. */
import { integerOption, switchOption } from "@nodekeeper/shared";
import type { AuditRecord } from "@nodekeeper/shared/api";
import { formatAgo } from "@nodekeeper/shared/format";
import { changesText, commonDomain, foldAudit } from "@nodekeeper/shared/readings";
import { type Command, defineCommand, exitCodes } from "../command.ts";
import { type Cell, renderTable } from "../table.ts";
import type { Terminal, Tone } from "../terminal.ts";
import { hang } from "../wrap.ts";

const tones: Readonly<Record<AuditRecord["outcome"], Tone>> = { begun: "quiet", done: "good", refused: "warning", failed: "bad" };

/** On narrower terminals details stand below. */
const broadWidth = 160;
const detailIndent = 6;

/** The command. */
export const audit: Command = defineCommand({
  name: "audit",
  operands: ["[node]"],
  summary: "list who did what, and who was refused",
  options: {
    limit: integerOption({ description: "at most so many, the newest", default: "25", minimum: 1, maximum: 1000 }),
    all: switchOption({ description: "show of writes on the cluster that they were begun, too" }),
  },
  async run({ api, options, operands, terminal, nowMs, signal }) {
    const [node] = operands;
    const list = await api.audit({ limit: options.limit, ...(node === undefined ? {} : { node }) }, signal);
    const nothing = node === undefined ? "nothing was done yet" : `nothing was done to ${node} or by its agent`;
    const text =
      list.records.length === 0 ? nothing : render(terminal, options.all ? list.records : foldAudit(list.records), nowMs);
    return { json: list, text, exitCode: exitCodes.ok };
  },
});

function render(terminal: Terminal, records: readonly AuditRecord[], nowMs: number): string {
  const isBroad = terminal.width >= broadWidth;
  const columns = [
    { title: "ID", align: "right" as const },
    { title: "WHEN (UTC)", isOptional: true },
    { title: "AGO" },
    { title: "WHO" },
    { title: "DID" },
    { title: "TO" },
    { title: "" },
    ...(isBroad ? [{ title: "DETAIL" }] : []),
  ];
  const rows = records.map((record): readonly Cell[] => {
    const { id, at, actor, action, target, outcome } = record;
    return [
      String(id),
      at.slice(0, 19).replace("T", " "),
      formatAgo(at, nowMs),
      { text: actorText(actor), tone: "strong" },
      action,
      target.name === "" ? target.kind : `${target.kind} ${target.name}`,
      { text: outcome, tone: tones[outcome] },
      ...(isBroad ? [detailOf(record)] : []),
    ];
  });
  const table = renderTable(terminal, columns, rows);
  return isBroad ? table : withDetails(terminal, table, records);
}

/** Each detail under its line. */
function withDetails(terminal: Terminal, table: string, records: readonly AuditRecord[]): string {
  const [titles, ...lines] = table.split("\n");
  const told = lines.flatMap((line, index) => {
    const record = records[index];
    if (record === undefined) return [line];
    const more = [changesText(record.changes), terminal.paint("quiet", reasonOf(record))].filter((text) => text !== "");
    return [line, ...more.flatMap((text) => hang(" ".repeat(detailIndent), text, terminal.width))];
  });
  return [titles, ...told].join("\n");
}

function detailOf(record: AuditRecord): string {
  return [changesText(record.changes), reasonOf(record)].filter((text) => text !== "").join("; ");
}

/** The domain of the keys is the same in all of them. */
function reasonOf({ changes = [], detail }: AuditRecord): string {
  const domain = commonDomain(changes.map(({ item }) => item));
  return domain === "" ? detail : detail.replaceAll(`${domain}/`, "");
}

function actorText({ kind, name }: AuditRecord["actor"]): string {
  if (kind === "local" || kind === "collector") return kind;
  return name === "" ? "nobody known" : kind === "user" ? name : `${kind} ${name}`;
}
