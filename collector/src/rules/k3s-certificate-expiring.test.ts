import { describe, expect, it } from "vitest";
import { judge, machineThatSaid, severityIn } from "../test-support/judge-machine.ts";
import { startMs } from "../test-support/states.ts";
import { k3sCertificateExpiring } from "./k3s-certificate-expiring.ts";

const dayMs = 24 * 3_600_000;

function verdicts(leftMs: number | undefined, afterMs = 0, more: { isRunning?: boolean; isEnabled?: boolean } = {}) {
  const end = leftMs === undefined ? {} : { certificateExpiresAtUnixMs: BigInt(startMs + leftMs), unit: "k3s-agent.service" };
  const value = { ...end, ...more };
  return judge(k3sCertificateExpiring, machineThatSaid({ things: [{ kind: "k3s", value: { case: "k3s", value } }] }), afterMs);
}
const of = (...said: Parameters<typeof verdicts>) => severityIn(k3sCertificateExpiring, verdicts(...said));

describe("k3sCertificateExpiring", () => {
  it("gets louder as the end comes nearer", () => {
    expect([90, 30, 7, 1, -1].map((days) => of(days * dayMs))).toEqual(["clear", "low", "medium", "high", "high"]);
    expect(of(undefined)).toBe("clear");
  });

  it("says when it ends or ended, and that a restart renews it", () => {
    expect(verdicts(-2 * dayMs)).toMatchObject([
      {
        text: "the certificate of this node's kubelet ended 2 d ago",
        action: expect.stringContaining("systemctl restart k3s-agent.service"),
      },
    ]);
  });

  it("says nothing of a K3s that is switched off", () => {
    expect(of(-dayMs, 0, { isRunning: false, isEnabled: false })).toBe("clear");
    expect(of(-dayMs, 0, { isRunning: false, isEnabled: true })).toBe("high");
    expect(of(-dayMs, 0, { isRunning: true, isEnabled: false })).toBe("high");
  });

  it("concludes nothing from what is old", () => {
    expect(of(dayMs, 3_600_000)).toBe("hold");
  });
});
