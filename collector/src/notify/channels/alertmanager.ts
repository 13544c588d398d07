/**
 * Alertmanager, by its API v2. It is told again and again what still fires; an alert of which it hears nothing for a while is over, as with Prometheus.
 * Labels are what an alert is known by, so they hold nothing that changes while it fires.
 */
import type { Notice, Snapshot } from "../notice.ts";
import { oneLine } from "../render/one-line.ts";
import type { Channel, Delivery } from "./channel.ts";
import { delivered } from "./channel.ts";
import type { ChannelNeeds } from "./channel-needs.ts";
import { readSecret } from "./secret-file.ts";
import { sendHttp } from "./send-http.ts";

/** Its configuration. */
export interface AlertmanagerConfig {
  readonly type: "alertmanager";
  /** Of its first page; /api/v2/alerts is added. */
  readonly url: string;
  readonly tokenFile: string | undefined;
  /** By name and password instead. */
  readonly basic: { readonly username: string; readonly passwordFile: string } | undefined;
}

/** Long enough for a restart of the collector, and refreshed every minute. */
const lastsMs = 15 * 60_000;
const testLastsMs = 60_000;
/** So many in one request. */
const batchSize = 200;

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly generatorURL?: string;
}

/** The channel. */
export function createAlertmanager(config: AlertmanagerConfig, { clock, linkTo }: ChannelNeeds): Channel {
  async function post(alerts: readonly Alert[], signal: AbortSignal): Promise<Delivery> {
    const { headers, secrets } = await authorizationOf(config);
    const url = new URL(`${config.url.replace(/\/+$/, "")}/api/v2/alerts`);
    for (let start = 0; start < alerts.length; start += batchSize) {
      const body = JSON.stringify(alerts.slice(start, start + batchSize));
      const delivery = await sendHttp({ method: "POST", url, headers, body, secrets }, clock, signal);
      if (delivery.kind === "failed") return delivery;
    }
    return delivered;
  }

  function alertOf(finding: Snapshot, isOver: boolean): Alert {
    const { rule, node, subject, severity, title, text, action, firingSince, resolvedAt } = finding;
    const nowMs = clock.wallMs();
    const link = linkTo(node === "" ? "#/findings" : `#/nodes/${encodeURIComponent(node)}`);
    const endsAtMs = isOver ? Math.min(nowMs, endOf(resolvedAt, nowMs)) : nowMs + lastsMs;
    return {
      labels: filled({
        alertname: rule,
        node,
        severity: nameOf(severity),
        subject_kind: subject.kind,
        subject: subject.id,
        job: "nodekeeper",
      }),
      annotations: filled({ summary: oneLine(title), description: oneLine(text), action: oneLine(action) }),
      // Where the clock was set back it began after it ended, and that is refused.
      startsAt: new Date(Math.min(Date.parse(firingSince), endsAtMs)).toISOString(),
      endsAt: new Date(endsAtMs).toISOString(),
      ...(link === undefined ? {} : { generatorURL: link }),
    };
  }

  function testAlert({ testedBy = "" }: Notice): Alert {
    const nowMs = clock.wallMs();
    return {
      labels: { alertname: "nodekeeper-test", severity: "info", job: "nodekeeper" },
      annotations: {
        summary: "A test of nodekeeper",
        description: `${oneLine(testedBy)} tested this channel. Nothing is wrong.`,
      },
      startsAt: new Date(nowMs).toISOString(),
      endsAt: new Date(nowMs + testLastsMs).toISOString(),
    };
  }

  return {
    deliver: (notice, signal) =>
      post(
        notice.testedBy === undefined
          ? notice.items.map(({ telling, finding }) => alertOf(finding, telling === "resolved"))
          : [testAlert(notice)],
        signal,
      ),
    refresh: (open, signal) =>
      post(
        open.map((finding) => alertOf(finding, false)),
        signal,
      ),
  };
}

/** As alerts are commonly routed. */
function nameOf(severity: Snapshot["severity"]): string {
  return { high: "critical", medium: "warning", low: "info" }[severity];
}

function endOf(resolvedAt: string | undefined, nowMs: number): number {
  const atMs = resolvedAt === undefined ? Number.NaN : Date.parse(resolvedAt);
  return Number.isNaN(atMs) ? nowMs : atMs;
}

/** An empty label is no label. */
function filled(texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(texts).filter(([, text]) => text !== ""));
}

async function authorizationOf({ tokenFile, basic }: AlertmanagerConfig) {
  if (tokenFile !== undefined) {
    const token = await readSecret(tokenFile);
    return { headers: { Authorization: `Bearer ${token}` }, secrets: [token] };
  }
  if (basic === undefined) return { headers: {}, secrets: [] };
  const password = await readSecret(basic.passwordFile);
  const pair = Buffer.from(`${basic.username}:${password}`).toString("base64");
  return { headers: { Authorization: `Basic ${pair}` }, secrets: [password, pair] };
}
