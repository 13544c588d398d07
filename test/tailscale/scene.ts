/** What the tests of a real tailnet share: where they run, and how the probe's reading is waited for. */
import type { Payload } from "../../agent/src/payload.ts";
import type { Probe } from "../../agent/src/probe.ts";
import { createTailscaleProbe } from "../../agent/src/probes/tailscale.ts";
import { factsAt, runToPayload } from "../../agent/src/probes/test-support/payload-view.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { startTailnet, type Tailnet } from "./tailnet.ts";
import { missingForTailscale, tailscalePrograms } from "./tailscale-programs.ts";
import type { TestDaemon } from "./test-daemon.ts";

/** Why these tests cannot run here; undefined where they can. */
export const missing: string | undefined = await missingForTailscale();

/** For the name of a suite. */
export const whyNot: string = missing === undefined ? "" : ` (${missing})`;

/** Daemons start within seconds; not so where many other tests run. */
export const startTimeoutMs: number = 120_000;

/** A tailnet in a folder of its own; disposing ends both. */
export async function aTailnet(): Promise<Tailnet> {
  const folder = await temporaryFolder();
  const tailnet = await startTailnet(folder.path, await tailscalePrograms());
  return {
    ...tailnet,
    async [Symbol.asyncDispose]() {
      await tailnet[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** What the probe makes of a daemon now. */
export async function read(daemon: TestDaemon, probe: Probe = createTailscaleProbe()): Promise<Payload> {
  return await runToPayload(probe, await daemon.host());
}

/** Reads until the facts of a subject are as wanted; does something before each reading. */
export async function eventually(
  daemon: TestDaemon,
  kind: "tailscale" | "tailscale_peer",
  id: string,
  wanted: Readonly<Record<string, unknown>>,
  before: () => Promise<void> = async () => undefined,
): Promise<Payload> {
  let last: unknown;
  try {
    return await waitUntil(`${daemon.name} says ${JSON.stringify(wanted)}`, 40_000, async () => {
      await before();
      const payload = await read(daemon);
      const isTold = payload.subjects.some((subject) => subject.kind === kind && subject.id === id);
      last = isTold ? factsAt(payload, kind, id) : undefined;
      return Object.entries(wanted).every(([key, value]) => Object(last)[key] === value) ? payload : undefined;
    });
  } catch (thrown) {
    throw new Error(`it says ${JSON.stringify(last)}`, { cause: thrown });
  }
}

/** The first Tailscale address of a daemon. */
export async function addressOf(daemon: TestDaemon): Promise<string> {
  const [address] = (await daemon.status()).Self.TailscaleIPs ?? [];
  if (address === undefined) throw new Error(`${daemon.name} has no address`);
  return address;
}
