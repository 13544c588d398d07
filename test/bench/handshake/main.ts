/**
 * What a connection costs the collector, by TLS and without: `node test/bench/handshake/main.ts [--connections 2000]`. Connections are opened some at a
 * time as HTTP/2 sessions and held; CPU and memory are the server process's alone. Prints what RESULTS.md keeps.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import { cpus, loadavg } from "node:os";
import { createSecureContext, type SecureContext } from "node:tls";
import { parseArgs } from "node:util";
import type { Listening, Used } from "./server.ts";

/** Opened at the same time. */
const parallel = 25;
/** First ones pay for what is compiled and cached. */
const warmUp = 200;

const { values } = parseArgs({ options: { connections: { type: "string", default: "2000" } } });
const count = Number(values.connections);
console.log(`${cpus()[0]?.model}, Node ${process.version}, load ${loadavg()[0]?.toFixed(1)}, ${count} connections`);
console.log("| door | CPU per connection | memory per connection |");
console.log("| --- | ---: | ---: |");
for (const door of ["plain", "tls"] as const) {
  const { cpuMs, bytes } = await measure(door);
  console.log(`| ${door} | ${(cpuMs * 1_000).toFixed(0)} µs | ${(bytes / 1024).toFixed(1)} KiB |`);
}

async function measure(door: "plain" | "tls"): Promise<{ readonly cpuMs: number; readonly bytes: number }> {
  const server = fork(new URL("server.ts", import.meta.url), [door], { execArgv: ["--expose-gc"] });
  const next = async <Message>(): Promise<Message> => (await once(server, "message"))[0] as Message; // server.ts sends these
  const listening = await next<Listening>();
  const secureContext = createSecureContext({ ca: listening.authority });
  const dial = (): Promise<ClientHttp2Session> => open(door, listening.port, secureContext);
  const held: ClientHttp2Session[] = [];
  const openMany = async (many: number): Promise<void> => {
    for (let at = 0; at < many; at += parallel) held.push(...(await Promise.all(Array.from({ length: parallel }, dial))));
  };
  const used = async (): Promise<Used> => {
    const answer = next<Used>();
    server.send("used");
    return answer;
  };

  await openMany(warmUp);
  const before = await used();
  await openMany(count);
  const after = await used();
  for (const session of held) session.destroy();
  server.kill();
  return {
    cpuMs: (after.cpuMs - before.cpuMs) / count,
    bytes: (after.residentBytes - before.residentBytes) / count,
  };
}

function open(door: "plain" | "tls", port: number, secureContext: SecureContext): Promise<ClientHttp2Session> {
  const session =
    door === "plain"
      ? connect(`http://127.0.0.1:${port}`)
      : connect(`https://127.0.0.1:${port}`, { secureContext, servername: "nodekeeper-collector" });
  return new Promise((resolve, reject) => {
    session.on("remoteSettings", () => resolve(session));
    session.on("error", reject);
  });
}
