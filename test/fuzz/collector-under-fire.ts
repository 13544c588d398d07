/** The built collector as a process, and beside it an agent that keeps to the rules: what is done to the one must not be felt by the other. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { credentials } from "@grpc/grpc-js";
import { observation } from "../../collector/src/test-support/observations.ts";
import { createCollectorProcess } from "../durability/collector-process.ts";
import { connectAgent, type FakeAgent } from "../fakes/fake-agent.ts";
import { authoritiesOf, prepareVault } from "../support/prepared-vault.ts";

/** The collector and its witness. */
export interface CollectorUnderFire extends AsyncDisposable {
  readonly address: { readonly host: string; readonly port: number };
  /** A raw connection; what it gets is thrown away, and its end is no error. */
  dial(): Promise<Socket>;
  /** Runs an attack and says what it did to the collector and to the witness. */
  attack(work: () => Promise<void>): Promise<Damage>;
}

/** What an attack did. */
export interface Damage {
  /** How the collector ended; undefined: it lives. */
  readonly ended: string | undefined;
  /** Longest time in which the witness waited for an acknowledgement, during the attack and just after. */
  readonly slowestAckMs: number;
  /** What the collector's resident memory grew by, when it had a few seconds to let go of it. */
  readonly grownBytes: number;
  /** Lines of its log of level error and above, and those that name a bug. */
  readonly errors: readonly string[];
}

/** The witness reports so often. */
const reportEveryMs = 50;
/** What an attack may leave in the collector's memory … */
export const maximumGrownBytes: number = 120 * 2 ** 20;
/** … so long after it: connections are closed then, and the garbage collected. */
const restMs = 5_000;
/** What was done just before the end is answered by then. */
const echoMs = 200;

/** Starts both. At the public door the witness shows a credential, and who attacks has none: TLS is all that it can do. */
export async function aCollectorUnderFire(door: "local" | "public" = "local"): Promise<CollectorUnderFire> {
  const folder = mkdtempSync(join(tmpdir(), "nodekeeper-fuzz-"));
  const dataDir = join(folder, "data");
  const [machine] = await prepareVault(dataDir, ["witness"]);
  const options = ["--public-grpc-listen=127.0.0.1:0", "--public-name=127.0.0.1", "--kubernetes=off"];
  const program = createCollectorProcess(dataDir, join(folder, "log"), [], options);
  const { grpcAddress, publicGrpcAddress = "" } = await program.startListening();
  const authorities = (await authoritiesOf(dataDir)).join("\n");
  const [host = "", port = ""] = (door === "local" ? grpcAddress : publicGrpcAddress).split(":");
  const address = { host, port: Number(port) };
  const security = door === "local" ? credentials.createInsecure() : credentials.createSsl(Buffer.from(authorities));
  const witness = connectAgent(address, {}, security, machine?.credential);
  witness.hello({ nodeName: "witness", machineId: machine?.machineId ?? "" });
  await witness.next("helloAck");
  let sequence = 0;
  const report = async (): Promise<number> => {
    sequence += 1;
    const sentAtMs = performance.now();
    witness.report([observation({}, { sequence })]);
    await witness.next("ack");
    return performance.now() - sentAtMs;
  };
  for (let count = 0; count < 20; count += 1) await report(); // what is allocated once is no growth

  return {
    address,
    dial: () =>
      new Promise((resolve, reject) => {
        const isDialled = (): void => {
          socket.off("error", reject);
          socket.on("error", () => undefined); // the collector may close it at any time
          resolve(socket);
        };
        const socket =
          door === "local"
            ? connect(address, isDialled)
            : connectTls({ ...address, ca: authorities, ALPNProtocols: ["h2"] }, isDialled);
        socket.once("error", reject);
        socket.resume();
      }),
    async attack(work) {
      const before = residentBytes(program.pid());
      const begin = program.log().length;
      let isOver = false;
      let slowestAckMs = 0;
      const watching = (async () => {
        while (!isOver) {
          slowestAckMs = Math.max(slowestAckMs, await report());
          await pause(reportEveryMs);
        }
      })();
      watching.catch(() => undefined); // told below
      await work();
      await pause(echoMs);
      const grown = (): number => (program.ended() === undefined ? residentBytes(program.pid()) - before : 0);
      for (const endMs = performance.now() + restMs; grown() > maximumGrownBytes && performance.now() < endMs; )
        await pause(echoMs);
      isOver = true;
      if (program.ended() === undefined) await watching;
      return { ended: program.ended(), slowestAckMs, grownBytes: grown(), errors: errorsIn(program.log().slice(begin)) };
    },
    async [Symbol.asyncDispose]() {
      await closed(witness);
      await program[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Writes all, and waits where the collector does not read; false when it closed the connection before the end. */
export async function pour(socket: Socket, bytes: Uint8Array, times = 1): Promise<boolean> {
  for (let count = 0; count < times; count += 1) {
    if (socket.destroyed || socket.writableEnded) return false;
    if (!socket.write(bytes)) await drained(socket);
  }
  return !socket.destroyed;
}

/** Waits a moment by the real clock. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A collector that reads nothing more is not waited for. */
const drainPatienceMs = 500;

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      socket.off("drain", done).off("close", done);
      resolve();
    };
    const timer = setTimeout(done, drainPatienceMs);
    socket.once("drain", done).once("close", done);
  });
}

function residentBytes(pid: number | undefined): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kib) * 1024;
}

/** Levels of pino: 50 is error. */
function errorsIn(log: string): readonly string[] {
  return log
    .split("\n")
    .filter((line) => /"level":(?:"error"|"fatal"|[56]0)/.test(line) || line.includes("which is a bug") || /^\s+at /.test(line));
}

async function closed(agent: FakeAgent): Promise<void> {
  agent.vanish();
  await agent.ended;
}
