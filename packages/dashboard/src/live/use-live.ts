/** The live picture, for components. */
import { useEffect, useRef, useState } from "preact/hooks";
import { keepLive, type LiveState } from "./connection.ts";

/** What is known now; renewed with every message. Changing the node keeps the fleet on the page while its detail comes. */
export function useLive(node: string | undefined): LiveState {
  const [state, setState] = useState<LiveState>({ connection: "connecting", picture: undefined, access: undefined });
  const latest = useRef(state);
  useEffect(
    () =>
      keepLive(node, latest.current, (next) => {
        latest.current = next;
        setState(next);
      }),
    [node],
  );
  return state;
}
