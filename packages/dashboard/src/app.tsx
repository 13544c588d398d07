/** The page: a bar on top, below it the fleet or one node. */
import type { JSX } from "preact";
import { FleetPage } from "./fleet/fleet-page.tsx";
import type { LiveState } from "./live/connection.ts";
import { useLive } from "./live/use-live.ts";
import { NodePage } from "./node/node-page.tsx";
import { usePlace } from "./route.ts";

/** Everything. */
export function App(): JSX.Element {
  const place = usePlace();
  const live = useLive(place.kind === "node" ? place.name : undefined);
  return (
    <>
      <header class="bar">
        <a class="brand" href="#/">
          <img src="./icon.svg" alt="" width="24" height="24" />
          nodekeeper
        </a>
        <ConnectionMark state={live} />
      </header>
      <main>
        {place.kind === "node" ? <NodePage key={place.name} name={place.name} live={live} /> : <FleetPage live={live} />}
      </main>
    </>
  );
}

function ConnectionMark(props: { readonly state: LiveState }): JSX.Element {
  const { connection } = props.state;
  const words = { live: "live", connecting: "connecting …", lost: "connection lost, what you see is old; trying again …" };
  return (
    <span class={`connection ${connection}`} role="status">
      {words[connection]}
    </span>
  );
}
