/** The machine's clock goes with the collector's: certificates, tokens and etcd's leases are judged by it. */
import { formatTimeSpan } from "@nodekeeper/shared/format";
import { toldSubject } from "../../policy/facts/heard-probe.ts";
import { hear, type Machine } from "../machine.ts";
import { places } from "../step.ts";
import { type Checked, unconcerned } from "./checked.ts";

/** Reports are late by what their way takes; a clock that somebody keeps is never so far off. */
const toleratedMs = 5_000;

/** By what its last report said. */
export function checkClock(machine: Machine): Checked {
  const skewMs = machine.node?.clockSkewMs;
  if (skewMs === undefined) return { ...unconcerned, unknown: { text: "its clock was not compared yet", probes: ["system"] } };
  const heard = hear(machine, "time");
  const told = heard.kind === "heard" ? toldSubject(heard.probe, "time_sync")?.value : undefined;
  const service = told?.case === "timeSync" ? told.value.service : "";
  const isSynchronized = told?.case === "timeSync" ? told.value.isSynchronized : undefined;
  if (Math.abs(skewMs) <= toleratedMs) {
    const state = isSynchronized === undefined ? "" : isSynchronized ? ", synchronized" : ", not synchronized";
    return { obstacles: [], evidence: [{ name: "clock", value: `${Math.round(skewMs)} ms from the collector's${state}` }] };
  }
  const span = formatTimeSpan(Math.abs(skewMs) / 1000);
  return {
    evidence: [],
    obstacles: [
      {
        code: "clock-skew",
        text: `its clock is ${span} ${skewMs > 0 ? "ahead of" : "behind"} the collector's${service === "" ? ", and no service keeps it right" : ""}`,
        command: commandOf(service),
        on: places.node,
        probes: ["system", "time"],
      },
    ],
  };
}

function commandOf(service: string): string {
  if (service === "chrony") return "chronyc makestep";
  if (service === "ntp") return "systemctl restart ntp";
  return "timedatectl set-ntp true && systemctl restart systemd-timesyncd";
}
