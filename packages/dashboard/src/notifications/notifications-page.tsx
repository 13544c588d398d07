/** By which ways people are told, how each does, and a test. */
import type { ChannelStatus, NotificationOverview, NotificationTestResult } from "@nodekeeper/shared/api";
import { formatAgo } from "@nodekeeper/shared/format";
import { counted } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { useNowMs } from "../clock.ts";
import { change, type Result, resultOf } from "../cluster/ask.ts";
import type { Asked } from "../cluster/use-asked.ts";
import { Command } from "../command.tsx";
import { type FactRow, Facts } from "../facts.tsx";
import { Prose } from "../prose.tsx";

const tones: Readonly<Record<ChannelStatus["state"], string>> = { idle: "", ok: "ok", failing: "failed" };
const words: Readonly<Record<ChannelStatus["state"], string>> = { idle: "not used yet", ok: "delivers", failing: "fails" };

/** The page. */
export function NotificationsPage(props: {
  readonly notifications: Asked<NotificationOverview>;
  readonly isAdmin: boolean;
}): JSX.Element {
  const { body, trouble, again } = props.notifications;
  const now = useNowMs();
  return (
    <>
      <section class="title">
        <h1>Notifications</h1>
        <p class="quiet">{body === undefined ? "Waiting for the collector …" : summary(body)}</p>
      </section>
      {trouble !== "" && <p class="bad">{trouble}</p>}
      {body?.channels.length === 0 && (
        <p class="empty">
          Nobody is told of anything: no channel is configured. Name them in a file, and give it to the collector with{" "}
          <code>--notifications</code>.
        </p>
      )}
      {body !== undefined && body.channels.length > 0 && (
        <section>
          <h2>Channels</h2>
          <div class="cards wide">
            {body.channels.map((channel) => (
              <Channel key={channel.name} channel={channel} nowMs={now} isAdmin={props.isAdmin} onTested={again} />
            ))}
          </div>
          {!props.isAdmin && (
            <div class="below">
              <p class="quiet">An admin sends a test here, or with the command line:</p>
              <Command command="nodekeeper notifications test" on="" />
            </div>
          )}
        </section>
      )}
      {body !== undefined && <Heartbeat heartbeat={body.heartbeat} nowMs={now} />}
    </>
  );
}

function Channel(props: {
  readonly channel: ChannelStatus;
  readonly nowMs: number;
  readonly isAdmin: boolean;
  readonly onTested: () => void;
}): JSX.Element {
  const { channel, nowMs, isAdmin, onTested } = props;
  const { name, type, target, state, waiting, deliveredCount, lastDeliveredAt, lastFailedAt, problem } = channel;
  const rows: readonly FactRow[] = [
    ["Goes to", target],
    ["Delivered last", lastDeliveredAt === undefined ? "not since the start" : formatAgo(lastDeliveredAt, nowMs)],
    ["Failed last", lastFailedAt === undefined ? "" : formatAgo(lastFailedAt, nowMs), state === "failing"],
    ["Delivered since the start", deliveredCount.toLocaleString("en")],
    ["Wait to be delivered", waiting === 0 ? "" : waiting.toLocaleString("en"), true],
  ];
  return (
    <article class={`card plain ${state === "failing" ? "failed" : ""}`} aria-label={name}>
      <div class="card-head">
        <h3 class="card-name">
          {name} <span class="quiet">{type === name ? "" : type}</span>
        </h3>
        <span class={`pill ${tones[state]}`}>{words[state]}</span>
      </div>
      <Facts rows={rows} />
      {problem !== undefined && state === "failing" && (
        <p class="bad">
          <Prose text={problem} />
        </p>
      )}
      {isAdmin && <Test channel={name} onTested={onTested} />}
    </article>
  );
}

function Test(props: { readonly channel: string; readonly onTested: () => void }): JSX.Element {
  const { channel, onTested } = props;
  const [state, setState] = useState<Result | "sent">();
  const send = (): void => {
    setState("sent");
    void change<NotificationTestResult>("api/v1/notifications/test", { channel }).then((answer) => {
      const [test] = answer.kind === "ok" ? answer.body.tests : [];
      if (test === undefined) setState(resultOf(answer, "Sent."));
      else if (test.outcome === "delivered") setState({ text: `Delivered in ${Math.round(test.durationMs)} ms.`, isBad: false });
      else setState({ text: test.problem ?? "It was not delivered.", isBad: true });
      onTested();
    });
  };
  return (
    <div class="choices wrap below">
      <button type="button" disabled={state === "sent"} onClick={send} aria-label={`Send a test by ${channel}`}>
        Send a test
      </button>
      <span class={typeof state === "object" && state.isBad ? "bad" : "good"} role="status">
        {state === undefined ? "" : state === "sent" ? "on its way …" : state.text}
      </span>
    </div>
  );
}

/** Somebody outside who misses us. */
function Heartbeat(props: { readonly heartbeat: NotificationOverview["heartbeat"]; readonly nowMs: number }): JSX.Element {
  const { heartbeat, nowMs } = props;
  return (
    <section>
      <h2>Heartbeat</h2>
      {heartbeat === undefined ? (
        <p class="quiet">Nobody outside watches whether this collector lives: no URL for a heartbeat is configured.</p>
      ) : (
        <>
          <Facts
            rows={[
              ["Goes to", heartbeat.target],
              ["Sent last", heartbeat.lastSentAt === undefined ? "not since the start" : formatAgo(heartbeat.lastSentAt, nowMs)],
            ]}
          />
          {heartbeat.problem !== undefined && (
            <p class="bad">
              <Prose text={heartbeat.problem} />
            </p>
          )}
        </>
      )}
    </section>
  );
}

function summary({ channels }: NotificationOverview): string {
  const failing = channels.filter(({ state }) => state === "failing").length;
  const parts = [counted(channels.length, "channel"), ...(failing === 0 ? [] : [`${failing} failing`])];
  return parts.join(" · ");
}
