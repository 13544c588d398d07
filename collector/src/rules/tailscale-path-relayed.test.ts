import { TailscalePath } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { judge, machineThatSaid, severityIn } from "../test-support/judge-machine.ts";
import { startMs } from "../test-support/states.ts";
import { tailscalePathRelayed } from "./tailscale-path-relayed.ts";

type More = { readonly isWatched?: boolean; readonly isOnline?: boolean; readonly isActive?: number; readonly afterMs?: number };

function verdicts(path: TailscalePath, more: More = {}) {
  const { isWatched = true, isOnline = true, isActive = 1, afterMs = 0 } = more;
  const value = {
    path,
    isWatched,
    isOnline,
    dnsName: "siberian.tail1.ts.net",
    pathDetail: path === TailscalePath.DERP ? "fra" : "",
  };
  const thing = {
    kind: "tailscale_peer",
    id: "n1",
    value: { case: "tailscalePeer", value },
    samples: { is_active: isActive },
  } as const;
  return judge(tailscalePathRelayed, machineThatSaid({ things: [thing] }), afterMs);
}
const of = (...said: Parameters<typeof verdicts>) => severityIn(tailscalePathRelayed, verdicts(...said));

describe("feature 26: a peer that is reached over a relay for long", () => {
  it("is told quietly after an hour, with the relay", () => {
    expect(tailscalePathRelayed.holdMs).toBe(3_600_000);
    expect(verdicts(TailscalePath.DERP)).toMatchObject([
      { text: "packets to siberian go over the relay fra instead of straight" },
    ]);
    expect(of(TailscalePath.DERP)).toBe("low");
  });

  it("is nothing where nobody asked for the peer, or the path is straight or over a machine of one's own", () => {
    expect(of(TailscalePath.DERP, { isWatched: false })).toBe("clear");
    expect(of(TailscalePath.DIRECT)).toBe("clear");
    expect(of(TailscalePath.PEER_RELAY)).toBe("clear");
  });

  it("ends when the peer is switched off, and when a large tailnet does not tell of it any more", () => {
    expect(of(TailscalePath.DERP, { isOnline: false, isActive: 0 })).toBe("clear");

    const minuteMs = 60_000;
    const daemon = (backendState: string) =>
      ({ kind: "tailscale", value: { case: "tailscale", value: { backendState } } }) as const;
    const value = { case: "tailscalePeer", value: { path: TailscalePath.DERP, isWatched: true } } as const;
    const peer = { kind: "tailscale_peer", id: "n1", value, samples: { is_active: 1 } } as const;
    const later = (state: string) =>
      judge(
        tailscalePathRelayed,
        machineThatSaid({ things: [daemon("Running"), peer] }, { things: [daemon(state)], atMs: startMs + 10 * minuteMs }),
        10 * minuteMs,
      );

    expect(later("Running")[0]).toMatchObject({ kind: "clear", subject: { id: "n1" } });
    expect(later("NeedsLogin")[0]).toMatchObject({ kind: "hold" });
  });

  it("is not concluded while nothing is sent, where no path is known, and from what is old", () => {
    expect(of(TailscalePath.DERP, { isActive: 0 })).toBe("hold");
    expect(of(TailscalePath.UNSPECIFIED)).toBe("hold");
    expect(of(TailscalePath.DERP, { afterMs: 3_600_000 })).toBe("hold");
  });
});
