/** One disk: what it is, how it is attached, how it feels, and what is wrong with it. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { booleanField, numberField, textField } from "@nodekeeper/shared/fields";
import { formatAgo, formatCelsius, formatPercent, formatSize, formatTimeSpan } from "@nodekeeper/shared/format";
import {
  bridgeText,
  diskTemperatureCelsius,
  diskTroubles,
  linkText,
  selfTestText,
  wornPercent,
} from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { BaselineAction } from "../findings/baseline-action.tsx";
import { Doubt } from "./doubt.tsx";
import { errorCounters } from "./error-counters.ts";

/** The card. What is not known has no line. */
export function DiskCard(props: {
  readonly disk: SubjectBody;
  readonly health: SubjectBody | undefined;
  readonly nowMs: number;
  /** The node that it is on, where whoever looks may have its errors judged anew. */
  readonly judgedOn: string | undefined;
}): JSX.Element {
  const { disk, health, judgedOn } = props;
  const troubles = diskTroubles(disk, health);
  const model = [textField(disk, "vendor"), textField(disk, "model")].filter((text) => text !== "").join(" ");
  const isVirtual = booleanField(disk, "isVirtual") === true;
  const attachment = joined(
    linkText(disk),
    health === undefined ? "" : textField(health, "formFactor"),
    isVirtual && model !== "" ? "virtual" : "",
    booleanField(disk, "isReadOnly") === true ? "read-only" : "",
    textField(disk, "serial"),
  );
  const bridge = bridgeText(disk);
  return (
    <article class={`card plain ${cardTone(troubles[0]?.level)}`}>
      <div class="card-head">
        <span class="card-name">{textField(disk, "name") || disk.id}</span>
        <span class="quiet">{formatSize(numberField(disk, "sizeBytes"))}</span>
      </div>
      <div class="ellipsis" title={model}>
        {model !== "" ? model : isVirtual ? "virtual disk" : "disk"}
      </div>
      <div class="quiet ellipsis" title={`${attachment}\n${disk.id}`}>
        {attachment}
      </div>
      {bridge !== "" && (
        <div class="quiet ellipsis" title={bridge}>
          {bridge}
        </div>
      )}
      <Health disk={disk} health={health} nowMs={props.nowMs} />
      {troubles.length > 0 && (
        <ul class="troubles">
          {troubles.map(({ level, text }) => (
            <li key={text} class={level}>
              {text}
            </li>
          ))}
        </ul>
      )}
      <Counters disk={disk} health={health} judgedOn={judgedOn} />
      <Doubt subject={disk} />
    </article>
  );
}

/** What it counts of its errors and what is no trouble by itself, with the way to begin anew. */
function Counters(props: {
  readonly disk: SubjectBody;
  readonly health: SubjectBody | undefined;
  readonly judgedOn: string | undefined;
}): JSX.Element | null {
  const { disk, health, judgedOn } = props;
  const counted = health === undefined ? undefined : errorCounters(health);
  if (counted === undefined || !counted.isAny) return null;
  return (
    <div class="quiet">
      {counted.text}{" "}
      {judgedOn !== undefined && <BaselineAction node={judgedOn} disk={disk.id} name={textField(disk, "name") || disk.id} />}
    </div>
  );
}

/** The disk's own verdict in a pill, its numbers beside it, its newest self-test below. */
function Health(props: {
  readonly disk: SubjectBody;
  readonly health: SubjectBody | undefined;
  readonly nowMs: number;
}): JSX.Element {
  const { disk, health, nowMs } = props;
  const worn = wornPercent(disk, health);
  const wornText = worn === undefined ? "" : `${formatPercent(worn)} worn`;
  if (health === undefined) return <>{wornText !== "" && <div class="health quiet">{wornText}</div>}</>;
  const temperature = diskTemperatureCelsius(health);
  const hours = numberField(health, "powerOnHours");
  const status = textField(health, "status");
  const isAsleep = textField(health, "powerState") === "standby";
  const facts = joined(
    temperature === undefined ? "" : formatCelsius(temperature),
    wornText,
    hours === undefined ? "" : `${formatTimeSpan(Math.floor(hours / 24) * 86_400)} in use`,
    isAsleep ? `asleep, read ${health.readAt === undefined ? "never" : formatAgo(health.readAt, nowMs)}` : "",
  );
  const test = selfTestText(health);
  return (
    <>
      <div class="health">
        {status !== "" && <span class={`pill ${status === "passed" ? "ok" : "failed"}`}>SMART {status}</span>}
        <span class="quiet">{facts}</span>
        {health.outcome === "failed" && <div class="doubt">{health.failure?.message}</div>}
      </div>
      {test !== "" && <div class="quiet">{test}</div>}
    </>
  );
}

function cardTone(level: "high" | "medium" | "low" | undefined): string {
  return level === "high" ? "failed" : level === "medium" ? "degraded" : "";
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(" · ");
}
