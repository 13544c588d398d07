/** K3s does not run on a server. */
import { type Fault, minuteMs } from "../fault.ts";

const processOfK3s = "proc/1180";

export const k3sStopped: Fault = {
  name: "k3s-stopped",
  title: "K3s ends on a server that is to start it at boot",
  source: "systemd: a unit that is enabled and has no process; monitoring facts 15.7b",
  machine: "neko",
  probes: ["kubernetes"],
  acts: [{ what: "the process of k3s is gone", change: (scene) => scene.hide(processOfK3s) }],
  comes: [{ rule: "k3s-not-running", subject: "k3s", severity: "high", text: /server\) does not run/, withinMs: 7 * minuteMs }],
  mended: { what: "it is started", change: (scene) => scene.putBack(processOfK3s) },
  overWithinMs: 10 * minuteMs,
};
