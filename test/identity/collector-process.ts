/** A collector as a process that a test can kill at any moment, over a folder that outlives it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Address } from "@nodekeeper/shared";
import { type IdentityClients, identityClients } from "./identity-scene.ts";

/** The process. Disposing kills it. */
export interface CollectorProcess extends AsyncDisposable {
  readonly clients: IdentityClients;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
}

const main = join(import.meta.dirname, "../../collector/src/main.ts");

/** Starts it, and waits until it listens. */
export async function collectorProcess(folder: string): Promise<CollectorProcess> {
  const doors = ["--listen=127.0.0.1:0", "--grpc-listen=127.0.0.1:0", "--public-grpc-listen=127.0.0.1:0", "--kubernetes=off"];
  const child = spawn(process.execPath, [main, ...doors, "--public-name=collector.home", `--data-dir=${folder}`], {
    stdio: ["ignore", "ignore", "pipe"],
    env: {},
  });
  const ended = once(child, "exit");
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  let output = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  while (child.exitCode === null) {
    const line = output.split("\n").find((each) => each.includes("the collector is listening") && each.endsWith("}"));
    if (line !== undefined) {
      // Its own log line, which says where it listens.
      const { publicGrpcAddress } = JSON.parse(line) as { readonly publicGrpcAddress: Address };
      return { clients: await identityClients(folder, publicGrpcAddress), kill, [Symbol.asyncDispose]: kill };
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("the collector ended before it listened");
}
