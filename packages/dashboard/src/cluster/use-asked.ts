/** An answer that is kept fresh while somebody looks. */
import { useEffect, useState } from "preact/hooks";
import { after } from "../clock.ts";
import { type Answer, ask } from "./ask.ts";

/** What is known. */
export interface Asked<Body> {
  /** The last one; undefined until there was one. */
  readonly body: Body | undefined;
  /** Why it is not renewed; "" while it is. */
  readonly trouble: string;
  /** Asks now. */
  again(): void;
}

const usualPeriodMs = 10_000;

interface Known<Body> {
  readonly path: string;
  readonly body?: Body;
  /** Of the body. */
  readonly tag?: string | undefined;
  readonly trouble: string;
}

/** Asks now and every ten seconds, or as `periodMs` says; of `path` undefined nothing. A page in the background does not ask. */
export function useAsked<Body>(path: string | undefined, periodMs: number = usualPeriodMs): Asked<Body> {
  const [known, setKnown] = useState<Known<Body>>();
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (path === undefined) return undefined;
    let isStopped = false;
    let tag = known?.path === path ? known.tag : undefined;
    let cancel = (): void => undefined;
    const take = (answer: Answer<Body>): void => {
      if (isStopped) return;
      if (answer.kind === "ok") {
        tag = answer.tag;
        setKnown({ path, body: answer.body, tag, trouble: "" });
      }
      if (answer.kind === "same") setKnown((before) => (before?.trouble === "" ? before : before && { ...before, trouble: "" }));
      if (answer.kind === "refused")
        setKnown((before) => ({ ...(before?.path === path ? before : {}), path, trouble: answer.detail }));
      cancel = after(periodMs, renew);
    };
    const renew = (): void => {
      if (document.hidden) cancel = after(periodMs, renew);
      else void ask<Body>(path, tag).then(take);
    };
    void ask<Body>(path, tag).then(take);
    return () => {
      isStopped = true;
      cancel();
    };
  }, [path, round]);
  const current = known?.path === path ? known : undefined;
  return { body: current?.body, trouble: current?.trouble ?? "", again: () => setRound((before) => before + 1) };
}
