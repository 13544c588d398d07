/** An answer that is asked for once, because finding it costs the cluster something; and again when somebody wants it. */
import { useEffect, useState } from "preact/hooks";
import { ask } from "../cluster/ask.ts";

/** What came of it. The last answer stays while another is on its way. */
export type AskedOnce<Body> =
  | { readonly kind: "waiting" }
  | { readonly kind: "ok"; readonly body: Body; again(): void }
  /** In a sentence. */
  | { readonly kind: "failed"; readonly text: string };

/** Asks when it is shown, and when the path is another. */
export function useOnce<Body>(path: string): AskedOnce<Body> {
  const [round, setRound] = useState(0);
  const [known, setKnown] = useState<AskedOnce<Body>>({ kind: "waiting" });
  useEffect(() => {
    let isStopped = false;
    void ask<Body>(path).then((answer) => {
      if (isStopped) return;
      if (answer.kind === "ok") setKnown({ kind: "ok", body: answer.body, again: () => setRound((before) => before + 1) });
      else setKnown({ kind: "failed", text: answer.kind === "refused" ? answer.detail : "The collector did not answer." });
    });
    return () => {
      isStopped = true;
    };
  }, [path, round]);
  return known;
}
