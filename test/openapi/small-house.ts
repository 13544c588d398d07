/** A whole collector over a real store, with a few machines that report, and a way to its admin socket by TCP: nothing of it is counted there. */
import { createServer, connect as dial, type Socket } from "node:net";
import { createLogger, systemClock } from "@nodekeeper/shared";
import { openStore } from "../../collector/src/store/worker-store.ts";
import { disk, list, observation } from "../../collector/src/test-support/observations.ts";
import { connectAgent, type FakeAgent } from "../fakes/fake-agent.ts";
import { aCollector } from "../integration/collector-under-test.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** The collector. */
export interface SmallHouse extends AsyncDisposable {
  /** Leads to the admin socket, where everything may be done. */
  readonly adminUrl: string;
}

const names = ["bobcat", "neko", "panther"];

/** Starts it. */
export async function aSmallHouse(): Promise<SmallHouse> {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(await temporaryFolder());
  const socketPath = `${folder.path}/admin.sock`;
  const common = { clock: systemClock, random: Math.random, logger: createLogger("test", "silent") };
  const collector = stack.use(
    await aCollector({
      openStore: (dataDir) => openStore({ ...common, directory: dataDir }),
      args: [
        `--data-dir=${folder.path}`,
        `--admin-socket=${socketPath}`,
        "--public-grpc-listen=127.0.0.1:0",
        "--public-name=collector.home",
      ],
    }),
  );
  for (const [index, name] of names.entries()) {
    const agent = stack.use(connectAgent(collector.grpcAddress));
    await report(agent, name, index);
  }
  const bridge = stack.use(await bridgeTo(socketPath));
  const running = stack.move();
  return { adminUrl: bridge.url, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

async function report(agent: FakeAgent, nodeName: string, index: number): Promise<void> {
  agent.hello({ nodeName, machineId: String(index + 1).repeat(32) });
  await agent.next("helloAck");
  agent.report([observation({ subjects: [disk("sda"), disk("sdb")], lists: [list("block_device", true)] })]);
  await agent.next("ack");
}

async function bridgeTo(socketPath: string): Promise<AsyncDisposable & { readonly url: string }> {
  const open = new Set<Socket>();
  const server = createServer((from) => {
    const to = dial(socketPath);
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      open.add(one);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the bridge has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
