/**
 * What the API costs. `node test/bench/api/main.ts [--seconds 30]` prints the tables of RESULTS.md. The server is a process of its own; the
 * clients share the other core with whatever else the machine does, so run it on a quiet one.
 */
import { fileURLToPath } from "node:url";
import { startFleet } from "./fleet-process.ts";
import { serveFleet } from "./fleet-server.ts";
import { etagOf, measureRequests, type RequestCost } from "./measure-http.ts";
import { measureDeflate, measureStream } from "./measure-stream.ts";

const [, script, mode, argument] = process.argv;
if (mode === "--serve") await serveFleet(Number(argument));
else await run(mode === "--seconds" ? Number(argument) : 30);

async function run(seconds: number): Promise<void> {
  console.log(`Node ${process.version}, ${new Date().toISOString().slice(0, 10)}, ${seconds} s for each row of the stream`);
  for (const nodeCount of [100, 10_000]) {
    using fleet = await startFleet(script ?? fileURLToPath(import.meta.url), nodeCount);
    console.log(`\n### ${nodeCount} nodes, nothing happens\n`);
    console.log("| request | bytes | p50 ms | p99 ms | server CPU ms |\n| --- | ---: | ---: | ---: | ---: |");
    const list = "/api/v1/nodes";
    const many = nodeCount > 1000 ? 100 : 2000;
    const rows: readonly (() => Promise<RequestCost>)[] = [
      () => measureRequests(fleet, "all nodes", list, many),
      async () =>
        measureRequests(fleet, "all nodes, not changed (304)", list, 2000, { "if-none-match": await etagOf(fleet, list) }),
      () => measureRequests(fleet, "100 nodes of them, by CPU", `${list}?sort=-cpuUsedPercent&limit=100`, many),
      () => measureRequests(fleet, "search for a word", `${list}?q=node-77`, many),
      () => measureRequests(fleet, "a node of 100 subjects", `${list}/node-0`, 2000),
      () => measureRequests(fleet, "its health", `${list}/node-0/health`, 2000),
      () => measureRequests(fleet, "findings (none)", "/api/v1/findings", 2000),
    ];
    for (const row of rows) {
      const { title, bytes, p50Ms, p99Ms, cpuMs } = await row();
      console.log(`| ${title} | ${bytes} | ${p50Ms.toFixed(2)} | ${p99Ms.toFixed(2)} | ${cpuMs.toFixed(2)} |`);
    }

    const perSecond = 700;
    await fleet.setEvents(perSecond);
    console.log(`\n### ${nodeCount} nodes, ${perSecond} observations a second\n`);
    console.log(
      "| clients | observations/s | server CPU of one core | messages/s each | bytes each | p50 ms | p99 ms | server RSS MB |",
    );
    console.log("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    for (const clients of [0, 1, 100]) {
      const cost = await measureStream(fleet, clients, seconds);
      const cells = [
        clients,
        Math.round(cost.observationsPerSecond),
        `${cost.cpuPercent.toFixed(1)} %`,
        cost.messagesPerSecond.toFixed(1),
        Math.round(cost.bytesPerMessage),
        ...[cost.p50Ms, cost.p99Ms].map((ms) => (Number.isNaN(ms) ? "" : Math.round(ms))),
        Math.round(cost.residentBytes / 1e6),
      ];
      console.log(`| ${cells.join(" | ")} |`);
    }
    console.log("\n| permessage-deflate of | bytes | compressed | ms, for each client |\n| --- | ---: | ---: | ---: |");
    for (const row of await measureDeflate(fleet)) console.log(row);
  }
}
