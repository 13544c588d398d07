import { AppError } from "@nodekeeper/shared";
import { FakeClock } from "@nodekeeper/shared/test-support";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FollowOptions, ServiceRequest } from "../host/services.ts";
import { TreeHost } from "../probes/test-support/tree-host.ts";
import { tailscale } from "./tailscale.ts";

/** A machine whose daemon says what the test lets it say; without one nobody listens. */
class SpeakingHost extends TreeHost {
  attempts = 0;
  /** Why nobody can listen; undefined while the daemon runs. */
  refusal: AppError | undefined = new AppError("HOST_FILE_MISSING", "there is no socket");
  #onLine: ((line: string) => void) | undefined;
  #end: ((error?: AppError) => void) | undefined;

  override async follow(request: ServiceRequest, { onLine, signal }: FollowOptions): Promise<void> {
    expect(request).toEqual({ service: "tailscale", question: "watch" });
    this.attempts += 1;
    if (this.refusal !== undefined) throw this.refusal;
    this.#onLine = onLine;
    onLine(JSON.stringify({ Version: "1.98.8", SessionID: "3f", State: 6, Health: null }));
    await new Promise<void>((resolve, reject) => {
      this.#end = (error) => (error === undefined ? resolve() : reject(error));
      signal.addEventListener("abort", () => reject(AppError.from(signal.reason)), { once: true });
    });
  }

  say(line: object | string): void {
    this.#onLine?.(typeof line === "string" ? line : JSON.stringify({ Version: "1.98.8", ErrMessage: null, ...line }));
  }

  end(error?: AppError): void {
    this.#end?.(error);
  }
}

let host: SpeakingHost;
let clock: FakeClock;
let controller: AbortController;
let watching: Promise<void>;
let triggered: [atMs: number, probes: readonly string[], reason: string][];

async function begin(): Promise<void> {
  const trigger = (probes: readonly string[], reason: string): void => void triggered.push([clock.monotonicMs(), probes, reason]);
  watching = tailscale.watch({ host, clock, trigger, signal: controller.signal });
  watching.catch(() => undefined); // looked at by the test that expects it to end
  await clock.advance(0);
}

/** With a daemon that runs, once what it said at first has been told. */
async function beginWithDaemon(): Promise<void> {
  host.refusal = undefined;
  await begin();
  await clock.advance(60_000);
  triggered = [];
}

beforeEach(() => {
  host = new SpeakingHost();
  clock = new FakeClock();
  controller = new AbortController();
  triggered = [];
});

afterEach(async () => {
  controller.abort();
  await watching.catch(() => undefined);
  expect(clock.sleeperCount).toBe(0);
});

describe("tailscale", () => {
  it("triggers its probe within a second of a change, once for all that comes together", async () => {
    await beginWithDaemon();
    const atMs = clock.monotonicMs();
    host.say({ State: 4 });
    host.say({ Prefs: { WantRunning: false } });
    host.say({ State: 4, NetMap: { Peers: [] } });
    await clock.advance(5_000);

    expect(triggered).toEqual([[atMs + 100, ["tailscale"], "tailscaled: State, Prefs, NetMap"]]);
  });

  it.each([{ Health: { Warnings: {} } }, { SelfChange: { ID: 1 } }, { PeerChanges: [{ NodeID: 2 }] }, { PeersRemoved: [3] }])(
    "triggers for %o, be it of a newer daemon",
    async (line) => {
      await beginWithDaemon();
      host.say(line);
      await clock.advance(1_000);

      expect(triggered).toHaveLength(1);
    },
  );

  it("does not stir for traffic, files and offers", async () => {
    await beginWithDaemon();
    for (let second = 0; second < 100; second++) {
      host.say({ Engine: { RBytes: second, WBytes: second, NumLive: 1 } });
      host.say({ FilesWaiting: {}, ClientVersion: { RunningLatest: true } });
      host.say("");
      await clock.advance(1_000);
    }

    expect(triggered).toEqual([]);
  });

  it("tells no address at which one could log in", async () => {
    await beginWithDaemon();
    host.say({ BrowseToURL: "https://login.tailscale.com/a/1223456abc" });
    await clock.advance(1_000);

    expect(triggered.map(([, , reason]) => reason)).toEqual(["tailscaled: BrowseToURL"]);
  });

  it("triggers at most once a second, and seldom where changes do not end", async () => {
    await beginWithDaemon();
    for (let tick = 0; tick < 6_000; tick++) {
      host.say({ PeerChanges: [{ NodeID: tick }] });
      await clock.advance(100);
    }

    const gaps = triggered.slice(1).map(([atMs], index) => atMs - (triggered[index]?.[0] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000);
    expect(triggered.length).toBeGreaterThan(60);
    expect(triggered.length).toBeLessThan(75);
  });

  it("takes what it cannot understand for a change", async () => {
    await beginWithDaemon();
    host.say("\u0000{");
    await clock.advance(10_000);
    host.say(`{"NetMap":"${"x".repeat(100_000)}"}`);
    await clock.advance(1_000);

    expect(triggered.map(([, , reason]) => reason)).toEqual(["tailscaled: unknown", "tailscaled: NetMap"]);
  });

  it("takes a line that is too long for a change, and follows again", async () => {
    await beginWithDaemon();
    host.end(new AppError("HOST_OUTPUT_TOO_LARGE", "a line is longer than 1048576 bytes"));
    await clock.advance(1_000);
    triggered = [];
    host.say({ State: 4 });
    await clock.advance(1_500);

    expect(host.attempts).toBe(2);
    expect(triggered.map(([, , reason]) => reason)).toEqual(["tailscaled: State"]);
  });

  it("triggers when the daemon goes and when it is there again, within a second of each", async () => {
    await beginWithDaemon();
    const goneAtMs = clock.monotonicMs();
    host.refusal = new AppError("PEER_UNREACHABLE", "nobody listens (ECONNREFUSED)");
    host.end(new AppError("PEER_UNREACHABLE", "it closed the connection (ECONNRESET)"));
    await clock.advance(20_000);
    const startedAtMs = clock.monotonicMs();
    host.refusal = undefined;
    await clock.advance(1_000);

    expect(triggered.map(([, , reason]) => reason)).toEqual(["tailscaled: end", "tailscaled: State"]);
    expect(triggered.map(([atMs]) => atMs).map((atMs, index) => atMs - (index === 0 ? goneAtMs : startedAtMs) <= 1_000)).toEqual([
      true,
      true,
    ]);
  });

  it("is quiet where there is no daemon, looks four times a minute, and finds one that is installed", async () => {
    await begin();
    await clock.advance(600_000);
    expect(triggered).toEqual([]);
    expect(host.attempts).toBeLessThanOrEqual(41);

    host.refusal = undefined;
    await clock.advance(16_000);

    expect(triggered).toHaveLength(1);
  });

  it("ends with the reason where it may not watch, so that the agent says so", async () => {
    host.refusal = new AppError("PEER_REFUSED", "cannot watch tailscale: it answered 403: watch ipn bus access denied");
    await begin();

    await expect(watching).rejects.toMatchObject({ code: "PEER_REFUSED" });
  });

  it("ends with the reason where nobody can be told", async () => {
    host.refusal = undefined;
    const trigger = (): never => {
      throw new AppError("INTERNAL", "no such probe");
    };
    watching = tailscale.watch({ host, clock, trigger, signal: controller.signal });
    const failed = expect(watching).rejects.toMatchObject({ code: "INTERNAL" });
    await clock.advance(1_000);

    await failed;
  });

  it("ends quietly when it is told to", async () => {
    await beginWithDaemon();
    controller.abort();

    await expect(watching).resolves.toBeUndefined();
  });
});
