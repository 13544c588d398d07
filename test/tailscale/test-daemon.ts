/** One real tailscaled in a host tree: how it is started and ended, and what a user would do with the command `tailscale`. */
import { request } from "node:http";
import { join } from "node:path";
import { systemClock } from "@nodekeeper/shared";
import type { Host } from "../../agent/src/host/host.ts";
import { openHost } from "../../agent/src/host/open-host.ts";
import { createProgram } from "../durability/program.ts";
import { waitUntil } from "../durability/wait-until.ts";

/** A daemon. */
export interface TestDaemon {
  readonly name: string;
  /** Root of its host tree: what an agent on that machine would read. */
  readonly root: string;
  /** Opens the host as an agent would; the tree has no clock, so that it has this machine's. */
  host(): Promise<Host>;
  /** Starts it, and waits until it answers. */
  start(): Promise<void>;
  /** SIGTERM, as `systemctl stop`. */
  stop(): Promise<void>;
  kill(): Promise<void>;
  pid(): number | undefined;
  /** Its answer to a call of the LocalAPI. */
  call(method: "GET" | "POST" | "PATCH", path: string, body?: unknown): Promise<string>;
  /** `tailscale up`, and waits until it runs. Gives its stable id. */
  up(): Promise<string>;
  /** `tailscale up` where somebody has to log in: it does not wait for that. */
  logIn(): Promise<void>;
  /** `tailscale down`. */
  down(): Promise<void>;
  /** `tailscale logout`. */
  logOut(): Promise<void>;
  /** Sends packets through the tunnel to an address and back. */
  exchange(address: string): Promise<void>;
  /** A field of its status. */
  status(): Promise<DaemonStatus>;
  log(): string;
}

/** What tests look at. */
export interface DaemonStatus {
  readonly BackendState: string;
  readonly AuthURL: string;
  readonly Self: { readonly ID: string; readonly TailscaleIPs: readonly string[] | null; readonly Relay: string };
  readonly Peer: Readonly<
    Record<string, { readonly ID: string; readonly TailscaleIPs: readonly string[]; readonly RxBytes: number }>
  > | null;
}

/** What a daemon is made of. */
export interface DaemonOptions {
  readonly name: string;
  readonly root: string;
  readonly program: string;
  readonly namespacePid: number;
  readonly controlUrl: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** Makes one; it is not started. */
export function testDaemon({ name, root, program, namespacePid, controlUrl, variables }: DaemonOptions): TestDaemon {
  const socketPath = join(root, "run/tailscale/tailscaled.sock");
  const enter = ["--user", "--net", "--preserve-credentials", "--target", String(namespacePid)];
  const process = createProgram({
    argv: [
      ...(["nsenter", ...enter, program, "--tun=userspace-networking", "--port=0", "--no-logs-no-support"] as const),
      ...[`--statedir=${join(root, "var/lib/tailscale")}`, `--socket=${socketPath}`],
    ],
    env: {
      PATH: "/usr/bin:/bin",
      HOME: root,
      TS_LOGS_DIR: root,
      // Loopback alone counts as no network at all.
      TS_ASSUME_NETWORK_UP_FOR_TEST: "1",
      TS_PANIC_IF_HIT_MAIN_CONTROL: "1",
      ...variables,
    },
    logFile: join(root, "tailscaled.log"),
  });
  const call: TestDaemon["call"] = (method, path, body) => callLocalApi(socketPath, method, path, body);
  const status = async (): Promise<DaemonStatus> => JSON.parse(await call("GET", "status")) as DaemonStatus; // as ipnstate has it
  const logIn = async (): Promise<void> => {
    const prefs = { ControlURL: controlUrl, WantRunning: true, Hostname: name };
    await call("POST", "start", { UpdatePrefs: prefs });
    await call("POST", "login-interactive");
  };
  const isInState = async (state: string): Promise<boolean> => (await status()).BackendState === state;

  return {
    name,
    root,
    status,
    call,
    pid: process.pid,
    log: process.log,
    kill: process.kill,
    async host() {
      const host = await openHost(root, systemClock);
      return { ...host, time: async () => ({ wallMs: systemClock.wallMs(), uptimeMs: systemClock.monotonicMs() }) };
    },
    async start() {
      process.start();
      await waitUntil(`${name} answers`, 40_000, () =>
        call("GET", "status").then(
          () => true,
          () => false,
        ),
      );
    },
    async stop() {
      await process.stop();
    },
    logIn,
    async up() {
      await logIn();
      await waitUntil(`${name} runs`, 40_000, () => isInState("Running"));
      await waitUntil(`${name} has a relay`, 40_000, async () => (await status()).Self.Relay !== "");
      return (await status()).Self.ID;
    },
    async down() {
      await call("PATCH", "prefs", { WantRunning: false, WantRunningSet: true });
    },
    async logOut() {
      await call("POST", "logout");
    },
    async exchange(address) {
      const answer = JSON.parse(await call("POST", `ping?ip=${address}&type=TSMP`)) as { readonly Err?: string }; // ipnstate PingResult
      if (answer.Err) throw new Error(`${name} could not reach ${address}: ${answer.Err}`);
    },
  };
}

function callLocalApi(socketPath: string, method: string, path: string, body?: unknown): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      socketPath,
      method,
      path: `/localapi/v0/${path}`,
      headers: { host: "local-tailscaled.sock" },
      agent: false,
    };
    const sent = request({ ...options, timeout: 30_000 }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => {
        text += chunk;
      });
      answer.on("end", () => {
        if ((answer.statusCode ?? 0) < 300) resolve(text);
        else reject(new Error(`${method} ${path} answered ${answer.statusCode}: ${text}`));
      });
    });
    sent.on("timeout", () => sent.destroy(new Error(`${method} ${path} took too long`)));
    sent.on("error", reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
