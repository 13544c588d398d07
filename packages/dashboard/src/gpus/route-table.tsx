/** Of each model where requests go first, second, and to whom never: a column a server where they are few, else a line of servers. */
import type { RoutedServerBody } from "@nodekeeper/shared/api";
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { More } from "./more.tsx";
import { cellsOf, leftOutText, type ModelRow, type RouteCell, routeTones } from "./route-words.ts";

const shownAtOnce = 25;
/** Columns beyond this do not fit beside the name of the model. */
const columnsAtMost = 6;
/** Servers of a line that are named. */
const namedAtMost = 5;

/** The table. `onAsk` is called with the model of which somebody wants to know more. */
export function RouteTable(props: {
  readonly rows: readonly ModelRow[];
  readonly servers: readonly RoutedServerBody[];
  readonly onAsk: (model: string) => void;
}): JSX.Element {
  const { rows, servers, onAsk } = props;
  const [limit, setLimit] = useState(shownAtOnce);
  const byName = useMemo(() => new Map(servers.map((server) => [server.name, server])), [servers]);
  const columns = servers.length <= columnsAtMost ? servers.map(({ name }) => name) : undefined;
  return (
    <>
      <div class="table-place">
        <table class="stacked routes">
          <thead>
            <tr>
              <th>Model</th>
              {columns === undefined ? <th>Goes to</th> : columns.map((name) => <th key={name}>{name}</th>)}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, limit).map((row) => (
              <tr key={`${row.kind} ${row.model}`}>
                <td class="wrap">
                  <button type="button" class="inline" title="Where would it go, and why?" onClick={() => onAsk(row.model)}>
                    {row.model}
                  </button>
                  {row.servers.length === 0 && <div class="waits">goes nowhere now</div>}
                </td>
                <Cells cells={cellsOf(row, byName)} columns={columns} />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <More count={rows.length} limit={limit} what="models" onMore={() => setLimit(limit + 4 * shownAtOnce)} />
    </>
  );
}

function Cells(props: { readonly cells: readonly RouteCell[]; readonly columns: readonly string[] | undefined }): JSX.Element {
  const { cells, columns } = props;
  if (columns === undefined) {
    const able = cells.filter(({ place }) => place !== undefined);
    const named = able.slice(0, namedAtMost);
    const left = leftOutText(cells);
    return (
      <td class="wrap">
        <ol class="route-line">
          {named.map((cell) => (
            <li key={cell.server}>
              <span class="place">{cell.place}.</span> {cell.server} <Standing cell={cell} />
            </li>
          ))}
          {able.length > named.length && <li class="quiet">and {(able.length - named.length).toLocaleString("en")} more</li>}
          {left !== "" && <li class="quiet">{left}</li>}
        </ol>
      </td>
    );
  }
  return (
    <>
      {columns.map((name) => {
        const cell = cells.find(({ server }) => server === name);
        return (
          <td key={name} data-title={name}>
            {cell?.place !== undefined && <span class="place">{cell.place}. </span>}
            {cell === undefined ? <span class="quiet">not on its disk</span> : <Standing cell={cell} />}
          </td>
        );
      })}
    </>
  );
}

function Standing(props: { readonly cell: RouteCell }): JSX.Element {
  const { standing, word } = props.cell;
  return <span class={`standing ${routeTones[standing]}`}>{word}</span>;
}
