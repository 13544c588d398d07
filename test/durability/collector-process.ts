/** The built collector as a process of its own. */
import { fileURLToPath } from "node:url";
import type { Address } from "@nodekeeper/shared";
import { createProgram, type Program } from "./program.ts";
import { waitUntil } from "./wait-until.ts";

export interface CollectorProcess extends Program {
  /** Starts it and waits until it listens. */
  startListening(): Promise<CollectorAddresses>;
}

export interface CollectorAddresses {
  readonly grpcAddress: string;
  /** Where others report, by TLS; undefined: nowhere. */
  readonly publicGrpcAddress: string | undefined;
  /** Of the API, e.g. http://127.0.0.1:7060 */
  readonly url: string;
}

/** The bundle that `pnpm run build` makes. */
export const collectorBundle: string = fileURLToPath(new URL("../../collector/dist/collector.cjs", import.meta.url));

const startTimeoutMs = 60_000;

/** A collector on free ports of loopback; `wrap` is put before its command line, `more` after it. */
export function createCollectorProcess(
  dataDir: string,
  logFile: string,
  wrap: readonly string[] = [],
  more: readonly string[] = [],
): CollectorProcess {
  const [first = process.execPath, ...rest] = [...wrap, process.execPath];
  const options = ["--listen", "127.0.0.1:0", "--grpc-listen", "127.0.0.1:0", "--data-dir", dataDir, ...more];
  const program = createProgram({
    argv: [first, ...rest, collectorBundle, ...options],
    env: { PATH: process.env["PATH"] ?? "" },
    logFile,
  });
  return {
    ...program,
    async startListening() {
      const begin = program.start();
      return await waitUntil("the collector to listen", startTimeoutMs, () => {
        const log = program.log(begin);
        if (program.ended() !== undefined) {
          throw new Error(`the collector ended with ${program.ended()}:\n${log}`);
        }
        return readAddresses(log);
      });
    },
  };
}

/** From the collector's log; undefined while it does not say that it listens. */
export function readAddresses(log: string): CollectorAddresses | undefined {
  const line = log
    .split("\n")
    .slice(0, -1) // the last one may be half a line
    .find((text) => text.includes('"the collector is listening"'));
  if (line === undefined) {
    return undefined;
  }
  const { url, grpcAddress, publicGrpcAddress }: ListeningLine = JSON.parse(line);
  return {
    url,
    grpcAddress: textOf(grpcAddress),
    publicGrpcAddress: publicGrpcAddress === undefined ? undefined : textOf(publicGrpcAddress),
  };
}

interface ListeningLine {
  readonly url: string;
  readonly grpcAddress: Address;
  readonly publicGrpcAddress?: Address;
}

function textOf({ host, port }: Address): string {
  return `${host}:${port}`;
}
