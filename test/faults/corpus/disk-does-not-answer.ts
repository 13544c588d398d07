/** A disk does not answer when it is asked for its health. */
import { type Fault, minuteMs } from "../fault.ts";

export const diskDoesNotAnswer: Fault = {
  name: "disk-does-not-answer",
  title: "smartctl hangs on a drive until its time is up",
  source: "smartmontools issues 496 and 499: 120 s under UAS",
  machine: "neko",
  probes: ["smart"],
  acts: [
    {
      what: "no answer within 20 s",
      change: (scene) =>
        scene.record((recording) => ({
          ...recording,
          commands: recording.commands.map((each) =>
            each.command === "smartctl"
              ? { ...each, answer: { code: "HOST_COMMAND_TIMEOUT", message: "cannot run smartctl: no answer within 20 s" } }
              : each,
          ),
        })),
    },
  ],
  comes: [{ rule: "probe-failing", subject: "probe", severity: "low", text: /no answer within 20 s/, withinMs: 11 * minuteMs }],
  labels: { "disk-failing": "?" },
  conditions: { DiskHealthy: "Unknown" },
  mended: {
    what: "it answers again",
    change: (scene) =>
      scene.record((recording) => ({
        ...recording,
        commands: recording.commands.map((each) =>
          each.command === "smartctl"
            ? {
                ...each,
                answer: { exitCode: 0, stdoutFile: "commands/01-smartctl.stdout", stderrFile: "commands/01-smartctl.stderr" },
              }
            : each,
        ),
      })),
  },
  overWithinMs: 20 * minuteMs,
};
