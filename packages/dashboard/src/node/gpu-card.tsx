/** One GPU: its verdict and the reason, how much of it is used and by whom, what keeps it awake. */
import type { SubjectBody } from "@nodekeeper/shared/api";
import { booleanField, numberField, textField } from "@nodekeeper/shared/fields";
import { formatCelsius, formatHertz, formatPart, formatPercent, formatSize, formatWatts } from "@nodekeeper/shared/format";
import {
  type GpuReading,
  type GpuState,
  type GpuUser,
  gpuAwakeText,
  gpuHardwareTroubles,
  gpuMemory,
  gpuParts,
  gpuPlace,
  gpuShortName,
  gpuSlowedText,
  gpuWord,
  linkText,
} from "@nodekeeper/shared/readings";
import type { JSX } from "preact";
import { Meter, noLimits } from "../meter.tsx";
import { GpuPill } from "../status.tsx";

/** Processes that a card names. */
const userLimit = 6;

/** The card. A GPU that is not read now shows no number as if it were of now. */
export function GpuCard(props: { readonly gpu: GpuReading; readonly state: GpuState }): JSX.Element {
  const { gpu, state } = props;
  const { device, status } = gpu;
  const isRead = !gpu.isAsleep && status?.outcome === "ok";
  const driver = [textField(device, "driver"), textField(device, "driverVersion")].filter((word) => word !== "").join(" ");
  const where = joined(gpuPlace(gpu.id), driver, gpu.isAsleep ? "" : linkText(device));
  const failure = status?.outcome === "failed" ? status.failure?.message : undefined;
  const troubles = gpuHardwareTroubles(gpu);
  const why = joined(gpuSlowedText(status), gpuAwakeText(device));
  return (
    <article class={`card plain ${cardTone(state.verdict)}`}>
      <div class="card-head">
        <span class="card-name">{gpuShortName(gpu)}</span>
        <GpuPill word={gpuWord(state)} verdict={state.verdict} />
      </div>
      <div class="quiet">{where}</div>
      <p class="card-reason">{failure ?? state.text}</p>
      {isRead && <Gauges gpu={gpu} />}
      {isRead && <div class="quiet">{numbersText(status)}</div>}
      {gpu.isAsleep && status !== undefined && (
        <div class="quiet">its last reading: {joined(memoryText(gpu), numbersText(status))}</div>
      )}
      {state.wakeCost !== undefined && <div class="quiet">{state.wakeCost}</div>}
      {troubles.length > 0 && (
        <ul class="troubles">
          {troubles.map(({ level, text }) => (
            <li key={text} class={level}>
              {text}
            </li>
          ))}
        </ul>
      )}
      {why !== "" && <div class="quiet">{why}</div>}
      <Parts gpu={gpu} />
      <Users users={gpu.users} />
    </article>
  );
}

function Gauges(props: { readonly gpu: GpuReading }): JSX.Element {
  const { status } = props.gpu;
  const memory = gpuMemory(props.gpu);
  const busy = status?.samples["utilization_percent"];
  return (
    <dl class="gauges">
      <dt>Memory</dt>
      <dd>
        <Meter
          percent={percentOf(memory.usedBytes, memory.usableBytes)}
          limits={noLimits}
          label="GPU memory used"
          text={formatPart(memory.usedBytes, memory.totalBytes)}
        />
      </dd>
      <dt>Busy</dt>
      <dd>
        <Meter percent={busy} limits={noLimits} label="GPU busy" />
      </dd>
    </dl>
  );
}

/** Instances of one that is cut. */
function Parts(props: { readonly gpu: GpuReading }): JSX.Element | null {
  const parts = gpuParts(props.gpu.status);
  if (parts.length === 0) return null;
  return (
    <dl class="gauges">
      {parts.map((part) => (
        <div key={part.id} class="row">
          <dt>{part.name}</dt>
          <dd>
            <Meter
              percent={percentOf(part.usedBytes, part.totalBytes)}
              limits={noLimits}
              label={`memory used of ${part.name}`}
              text={formatPart(part.usedBytes, part.totalBytes)}
            />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Users(props: { readonly users: readonly GpuUser[] }): JSX.Element | null {
  const shown = props.users.slice(0, userLimit);
  if (shown.length === 0) return null;
  return (
    <ul class="users" aria-label="Processes on this GPU">
      {shown.map((user) => (
        <li key={`${user.pid}`}>
          <span>
            {user.name} <span class="quiet">{joined(user.purpose === "other" ? "" : user.purpose, user.owner)}</span>
          </span>
          <span class="amount">{formatSize(user.memoryUsedBytes)}</span>
        </li>
      ))}
      {props.users.length > shown.length && <li class="quiet">and {props.users.length - shown.length} more</li>}
    </ul>
  );
}

function numbersText(status: SubjectBody): string {
  const { temperature_celsius: celsius, power_watts: watts, fan_percent: fan } = status.samples;
  const { graphics_clock_hertz: clock, performance_state_number: state } = status.samples;
  const { ecc_uncorrected_errors_total: uncorrected } = status.samples;
  const limitWatts = numberField(status, "powerLimitWatts");
  const sharedBytes = numberField(status, "sharedMemoryTotalBytes");
  return joined(
    sharedBytes === undefined
      ? ""
      : `${formatPart(status.samples["shared_memory_used_bytes"], sharedBytes)} of the machine's memory`,
    celsius === undefined ? "" : formatCelsius(celsius),
    watts === undefined ? "" : `${formatWatts(watts)}${limitWatts === undefined ? "" : ` of ${formatWatts(limitWatts)}`}`,
    clock === undefined ? "" : formatHertz(clock),
    state === undefined ? "" : `P${state}`,
    fan === undefined ? "" : `fan ${formatPercent(fan)}`,
    booleanField(status, "isEccEnabled") === true ? `ECC, ${uncorrected ?? "?"} errors not corrected` : "",
  );
}

/** The memory of one that sleeps, as it was when it was read. */
function memoryText({ status }: GpuReading): string {
  const used = status?.samples["memory_used_bytes"];
  return used === undefined || status === undefined ? "" : formatPart(used, numberField(status, "memoryTotalBytes"));
}

function cardTone(verdict: GpuState["verdict"]): string {
  return verdict === "unavailable" ? "failed" : verdict === "taken" ? "degraded" : verdict === "unknown" ? "unknown" : "";
}

function percentOf(part: number | undefined, whole: number | undefined): number | undefined {
  return part === undefined || whole === undefined || whole === 0 ? undefined : (100 * part) / whole;
}

function joined(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(" · ");
}
