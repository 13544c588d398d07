import { Registry } from "prom-client";
import { expect, it } from "vitest";
import { noRouting } from "./routing/no-routing.ts";
import { aBackend } from "./routing/test-support.ts";
import { createRoutingMetrics } from "./routing-metrics.ts";

it("counts servers of each role by whether requests may go there, and GPUs that are kept", async () => {
  const registry = new Registry();
  const reservation = { node: "siberian", kind: "program", by: "game.exe", reason: "", at: "2026-11-22T12:00:00.000Z" } as const;
  const kept = aBackend("siberian", {}, { reservation });
  const backends = () => [aBackend("panther"), kept];
  createRoutingMetrics(registry, {
    routing: { backends, table: { ...noRouting.table, version: 7 } },
    reservations: { all: () => [reservation] },
  });

  const lines = (await registry.metrics()).split("\n");

  for (const role of ["generation", "embeddings"]) {
    const counts = lines.filter((line) => line.startsWith("nodekeeper_collector_route_servers{") && line.includes(role));
    expect(counts).toHaveLength(6);
    expect(counts).toContain(`nodekeeper_collector_route_servers{role="${role}",standing="serving"} 1`);
    expect(counts).toContain(`nodekeeper_collector_route_servers{role="${role}",standing="kept"} 1`);
    expect(counts).toContain(`nodekeeper_collector_route_servers{role="${role}",standing="down"} 0`);
  }
  expect(lines).toContain("nodekeeper_collector_route_table_version 7");
  expect(lines).toContain('nodekeeper_collector_gpu_reservations{kind="program"} 1');
  expect(lines).toContain('nodekeeper_collector_gpu_reservations{kind="person"} 0');
});
