/** Things that exist in one place only, each with the reason. */
import { describe, expect, it } from "vitest";
import { productSources } from "./sources.ts";

const places = [
  {
    what: "the wall clock",
    pattern: /\bDate\.now\(|new Date\(\)/,
    allowed: ["packages/shared/src/clock.ts", "packages/dashboard/src/clock.ts"],
    reason: "time is a port, or tests must wait",
  },
  {
    what: "the monotonic clock",
    pattern: /\bperformance\.now\(/,
    allowed: ["packages/shared/src/clock.ts"],
    reason: "time is a port",
  },
  {
    what: "timers",
    pattern: /\bset(?:Timeout|Interval)\(|node:timers/,
    allowed: ["packages/shared/src/clock.ts", "packages/dashboard/src/clock.ts"],
    reason: "a timer elsewhere cannot be stopped by a test, nor seen at shutdown",
  },
  { what: "the environment", pattern: /\bprocess\.env\b/, allowed: [/\/main\.ts$/], reason: "configuration has one way in" },
  {
    what: "the end of the process",
    pattern: /\bprocess\.exit\b/,
    allowed: [/\/main\.ts$/],
    reason: "only the composition root may end the program",
  },
  {
    what: "child processes",
    pattern: /child_process/,
    allowed: ["agent/src/host/exec.ts"],
    reason: "a privileged process runs only what its table allows",
  },
  {
    what: "asking over HTTP",
    pattern: /import \{[^}]*\brequest\b[^}]*\} from "node:https?"/,
    allowed: [
      "agent/src/host/ask-service.ts",
      "packages/cli/src/connection/transport.ts",
      "packages/cli/src/open-webui/web-ui-connection.ts",
    ],
    reason: "nothing is said to a service but what its table has; the CLI asks its collector, and Open WebUI where it is told to",
  },
  {
    what: "asking name servers",
    pattern: /from "node:dns/,
    allowed: ["collector/src/clients/dns/dns-client.ts"],
    reason: "every question has an end, and tests have a name server of their own",
  },
  { what: "a shell", pattern: /shell:\s*true|\bexecSync\b|\/bin\/sh/, allowed: [], reason: "never" },
  {
    what: "systeminformation",
    pattern: /from "systeminformation"|import\("systeminformation"\)/,
    allowed: ["agent/src/host/system-information.ts"],
    reason: "it forks shells and answers errors with nothing",
  },
  {
    what: "calls of native libraries",
    pattern: /(?:from |import\()"koffi"/,
    allowed: ["agent/src/nvml/nvml-library.ts", "agent/src/pi-firmware/firmware-mailbox.ts"],
    reason: "a native library can hang and crash: it is called in a short-lived child alone",
  },
  {
    what: "Kubernetes' client",
    pattern: /(?:from |import\()"@kubernetes\/client-node/,
    allowed: ["collector/src/clients/kubernetes/client-node.ts"],
    reason: "it costs tens of MB: it is a bundle of its own, loaded where there is a cluster",
  },
  {
    what: "SQLite",
    pattern: /from "better-sqlite3"/,
    allowed: [/^collector\/src\/store\//],
    reason: "the store's worker alone holds the database",
  },
] as const;

const sources = productSources();

function isAllowed(path: string, allowed: readonly (string | RegExp)[]): boolean {
  return allowed.some((place) => (typeof place === "string" ? place === path : place.test(path)));
}

describe("places", () => {
  it.each(places)("keeps $what in one place: $reason", ({ pattern, allowed }) => {
    const elsewhere = sources
      .filter((file) => pattern.test(file.code) && !isAllowed(file.path, allowed))
      .map((file) => file.path);

    expect(elsewhere).toEqual([]);
  });

  it("allows no place that is not there or does not use what it is allowed", () => {
    const unused = places.flatMap(({ what, pattern, allowed }) =>
      (allowed as readonly (string | RegExp)[])
        .filter((place) => !sources.some((file) => isAllowed(file.path, [place]) && pattern.test(file.code)))
        .map((place) => `${what}: ${String(place)}`),
    );

    expect(unused).toEqual([]);
  });
});
