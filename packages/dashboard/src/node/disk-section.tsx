/** Disks and what they say of their health. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { booleanField, innerSubject, numberField, textField } from "@nodekeeper/shared/fields";
import { formatAgo, formatCelsius, formatPercent, formatSize, formatTimeSpan } from "@nodekeeper/shared/format";
import { presentSubjects } from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { isDoubtful } from "./is-doubtful.ts";

/** One card a disk; arrays, loops and mapped devices after the disks. */
export function DiskSection(props: { readonly subjects: readonly SubjectBody[]; readonly nowMs: number }): JSX.Element | null {
  const devices = presentSubjects(props.subjects, "block_device");
  if (devices.length === 0) return null;
  const sorted = [...devices].sort(
    (a, b) =>
      Number(textField(a, "type") !== "disk") - Number(textField(b, "type") !== "disk") ||
      textField(a, "name").localeCompare(textField(b, "name")),
  );
  return (
    <section>
      <h2>Disks</h2>
      <div class="cards">
        {sorted.map((disk) => (
          <DiskCard
            key={disk.id}
            disk={disk}
            health={props.subjects.find((subject) => subject.kind === "disk_health" && subject.id === disk.id)}
            nowMs={props.nowMs}
          />
        ))}
      </div>
    </section>
  );
}

function DiskCard(props: {
  readonly disk: SubjectBody;
  readonly health: SubjectBody | undefined;
  readonly nowMs: number;
}): JSX.Element {
  const { disk, health } = props;
  const model = [textField(disk, "vendor"), textField(disk, "model")].filter((text) => text !== "").join(" ");
  const isVirtual = booleanField(disk, "isVirtual") === true;
  const type = textField(disk, "type");
  return (
    <article class="card plain">
      <div class="card-head">
        <span class="card-name">{textField(disk, "name")}</span>
        <span class="quiet">{formatSize(numberField(disk, "sizeBytes"))}</span>
      </div>
      <div class="ellipsis" title={model}>
        {model !== "" ? model : isVirtual ? "virtual disk" : type.replaceAll("_", " ")}
      </div>
      <div class="quiet ellipsis" title={disk.id}>
        {[
          textField(disk, "bus"),
          isVirtual && model !== "" ? "virtual" : "",
          booleanField(disk, "isReadOnly") === true ? "read-only" : "",
          textField(disk, "serial"),
        ]
          .filter((text) => text !== "")
          .join(" · ")}
      </div>
      {health !== undefined && health.outcome !== "absent" && <Health health={health} nowMs={props.nowMs} />}
      {isDoubtful(disk) && <div class="doubt">{disk.failure?.message ?? `${disk.freshness}: this is what was known before`}</div>}
    </article>
  );
}

function Health(props: { readonly health: SubjectBody; readonly nowMs: number }): JSX.Element {
  const { health, nowMs } = props;
  const nvme = innerSubject(health, "nvme");
  const status = textField(health, "status");
  const hours = numberField(health, "powerOnHours");
  const used = numberField(nvme, "percentageUsed");
  const isAsleep = textField(health, "powerState") === "standby";
  const facts = [
    ...(numberField(health, "temperatureCelsius") === undefined
      ? []
      : [formatCelsius(numberField(health, "temperatureCelsius"))]),
    ...(used === undefined ? [] : [`${formatPercent(used)} worn`]),
    ...(hours === undefined ? [] : [`${formatTimeSpan(hours * 3600)} in use`]),
    ...(isAsleep ? [`asleep, read ${health.readAt === undefined ? "never" : formatAgo(health.readAt, nowMs)}`] : []),
  ];
  return (
    <div class="health">
      {status !== "" && <span class={`pill ${status === "passed" ? "ok" : "failed"}`}>SMART {status}</span>}
      <span class="quiet">{facts.join(" · ")}</span>
      {health.outcome === "failed" && <div class="doubt">{health.failure?.message}</div>}
    </div>
  );
}
