/** An answer that is asked for anew when the live stream brings news, and now and then, since not everything is in the stream. */
import { useEffect, useRef, useState } from "preact/hooks";
import { after, nowMs } from "../clock.ts";
import { type Answer, ask } from "../cluster/ask.ts";
import type { Asked } from "../cluster/use-asked.ts";

/** Time between two questions at least, whatever the news. */
const restMs = 1_000;
/** A collector that is slow to answer is asked less often: its answers take no more than this part of the time. */
const shareOfTime = 4;
/** Without any news: who keeps a GPU, and where requests go, is not in the stream. */
const periodMs = 3_000;

interface Known<Body> {
  readonly path: string;
  readonly body?: Body | undefined;
  readonly trouble: string;
}

/** Asks now, and when `news` is another value; of `path` undefined nothing. What is not different is not sent again. A page in the background does not ask. */
export function useFollowed<Body>(path: string | undefined, news: unknown): Asked<Body> {
  const [known, setKnown] = useState<Known<Body>>();
  const following = useRef<Following>(undefined);
  useEffect(() => {
    if (path === undefined) return undefined;
    const started = follow<Body>(path, (answer) => {
      if (answer.kind === "ok") setKnown({ path, body: answer.body, trouble: "" });
      if (answer.kind === "same") setKnown((before) => (before?.trouble === "" ? before : before && { ...before, trouble: "" }));
      if (answer.kind === "refused")
        setKnown((before) => ({ body: before?.path === path ? before.body : undefined, path, trouble: answer.detail }));
    });
    following.current = started;
    return () => started.stop();
  }, [path]);
  useEffect(() => following.current?.wake(), [news]);
  const current = known?.path === path ? known : undefined;
  return { body: current?.body, trouble: current?.trouble ?? "", again: () => following.current?.wake() };
}

interface Following {
  /** There is news. */
  wake(): void;
  stop(): void;
}

function follow<Body>(path: string, take: (answer: Answer<Body>) => void): Following {
  let isStopped = false;
  let isAsking = false;
  let isWoken = false;
  let restUntilMs = 0;
  let tag: string | undefined;
  let cancel = (): void => undefined;

  function renew(): void {
    if (document.hidden) {
      plan(periodMs);
      return;
    }
    isAsking = true;
    isWoken = false;
    const beganAtMs = nowMs();
    void ask<Body>(path, tag).then((answer) => {
      if (isStopped) return;
      isAsking = false;
      if (answer.kind === "ok") tag = answer.tag;
      take(answer);
      restUntilMs = nowMs() + Math.max(restMs, shareOfTime * (nowMs() - beganAtMs));
      plan(isWoken ? 0 : periodMs);
    });
  }

  function plan(delayMs: number): void {
    cancel();
    cancel = after(Math.max(delayMs, restUntilMs - nowMs()), renew);
  }

  renew();
  return {
    wake() {
      if (isAsking) isWoken = true;
      else if (!isStopped) plan(0);
    },
    stop() {
      isStopped = true;
      cancel();
    },
  };
}
