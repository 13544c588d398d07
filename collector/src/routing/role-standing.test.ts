import { describe, expect, it } from "vitest";
import type { Backend } from "./backend.ts";
import { type RoleStanding, roleStanding } from "./role-standing.ts";
import { routeTableOf } from "./route-table.ts";
import { aBackend, nowMs } from "./test-support.ts";

const roles = (word: "yes" | "no" | "undecided"): Partial<Backend> => ({
  roles: { generation: { word, because: "policy" }, embeddings: { word, because: "policy" } },
});
const { url: _, ...withoutUrl } = aBackend("siberian");

const cases: readonly (readonly [RoleStanding | undefined, Backend])[] = [
  ["serving", aBackend("siberian")],
  ["kept", aBackend("siberian", {}, { reservation: { by: "mika", reason: "" } })],
  ["down", aBackend("siberian", {}, { reach: { kind: "down", sinceMs: nowMs, problem: "refused" } })],
  ["unknown", aBackend("siberian", {}, { reach: { kind: "unknown", problem: "it was not asked yet" } })],
  ["no-address", withoutUrl],
  ["undecided", aBackend("siberian", {}, roles("undecided"))],
  [undefined, aBackend("siberian", {}, roles("no"))],
];

describe("how a server stands for a role", () => {
  it.each(cases)("is %s, as the table of routes has it", (standing, backend) => {
    expect(roleStanding(backend, "generation")).toBe(standing);
    expect(routeTableOf([backend], nowMs).content.serving.generation.length).toBe(standing === "serving" ? 1 : 0);
  });
});
