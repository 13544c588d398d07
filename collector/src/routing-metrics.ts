/** Numbers of routing, for Prometheus. docs/metrics.md describes them, with those of metrics.ts; of each server they are in exposition/chapters/routes.ts. */
import { Gauge, type Registry } from "prom-client";
import { roles } from "./routing/backend.ts";
import type { Reservations } from "./routing/reservations.ts";
import { roleStanding, roleStandings } from "./routing/role-standing.ts";
import type { Routing } from "./routing/routing.ts";

/** What is measured. */
export interface MeasuredRouting {
  readonly routing: Pick<Routing, "backends" | "table">;
  readonly reservations: Pick<Reservations, "all">;
}

const prefix = "nodekeeper_collector_";

/** Makes them; they are asked when somebody reads the page. */
export function createRoutingMetrics(registry: Registry, { routing, reservations }: MeasuredRouting): void {
  new Gauge({
    name: `${prefix}route_servers`,
    help: "Ollama servers that the policy has for a role, by whether requests may go there.",
    labelNames: ["role", "standing"],
    registers: [registry],
    collect() {
      for (const role of roles) {
        for (const standing of roleStandings) this.set({ role, standing }, 0);
        for (const backend of routing.backends()) {
          const standing = roleStanding(backend, role);
          if (standing !== undefined) this.inc({ role, standing });
        }
      }
    },
  });
  new Gauge({
    name: `${prefix}route_table_version`,
    help: "Version of the table of routes; it grows by one with each change since the start.",
    registers: [registry],
    collect() {
      this.set(routing.table.version);
    },
  });
  new Gauge({
    name: `${prefix}gpu_reservations`,
    help: "GPUs that are kept for something else than models, by who keeps them.",
    labelNames: ["kind"],
    registers: [registry],
    collect() {
      for (const kind of ["person", "program"]) this.set({ kind }, 0);
      for (const { kind } of reservations.all()) this.inc({ kind });
    },
  });
}
