import type { SubjectBody } from "@nodekeeper/shared/api";
import { describe, expect, it } from "vitest";
import { serverUrl } from "./server-url.ts";

function subject(kind: string, value: Readonly<Record<string, unknown>>, overrides: Partial<SubjectBody> = {}): SubjectBody {
  return { kind, id: "", probe: "p", outcome: "ok", freshness: "fresh", samples: {}, value: { ...value }, ...overrides };
}

const tailscale = subject("tailscale", { backendState: "Running", addresses: ["fd7a:115c:a1e0::5", "100.64.0.5"] });
const cable = subject("network_interface", {
  type: "ethernet",
  operationalState: "up",
  addresses: ["169.254.1.1/16", "192.168.1.7/24"],
});
const docker = subject(
  "network_interface",
  { type: "bridge", isVirtual: true, operationalState: "up", addresses: ["172.17.0.1/16"] },
  { id: "docker0" },
);
const dummy = subject("network_interface", {
  ...{ type: "ethernet", isVirtual: true, operationalState: "up", addresses: ["10.8.0.1/32"] },
});
const bridged = subject("network_interface", { type: "ethernet", operationalState: "up", master: "br0", addresses: [] });
const itsBridge = subject(
  "network_interface",
  { type: "bridge", isVirtual: true, operationalState: "up", addresses: ["192.168.1.8/24"] },
  { id: "br0" },
);
const bridge = subject("network_interface", { type: "ethernet", operationalState: "down", addresses: ["10.9.9.9/24"] });

function urlOf(
  addresses: readonly string[],
  others: readonly SubjectBody[] = [],
  cluster: readonly string[] = [],
): string | undefined {
  return serverUrl({ subjects: [subject("ollama_endpoint", { addresses }), ...others], lists: [] }, cluster);
}

describe("where others reach a node's Ollama", () => {
  it.each([
    ["an address that it listens on", urlOf(["127.0.0.1:11434", "100.64.0.5:11434"], [tailscale]), "http://100.64.0.5:11434"],
    [
      "the tailnet's, where it listens on all",
      urlOf(["0.0.0.0:11434"], [cable, tailscale], ["10.0.0.1"]),
      "http://100.64.0.5:11434",
    ],
    ["the cluster's, without a tailnet", urlOf(["0.0.0.0:8080"], [cable], ["10.0.0.1"]), "http://10.0.0.1:8080"],
    ["a cable's, without both", urlOf(["[::]:11434"], [bridge, cable]), "http://192.168.1.7:11434"],
    ["a cable's, not that of a bridge of containers", urlOf(["0.0.0.0:1"], [docker, dummy, cable]), "http://192.168.1.7:1"],
    ["a bridge's, where a cable is in it", urlOf(["0.0.0.0:1"], [docker, bridged, itsBridge]), "http://192.168.1.8:1"],
    ["nowhere, where there is a bridge of containers alone", urlOf(["0.0.0.0:1"], [docker]), undefined],
    ["in brackets, where it is of IPv6", urlOf(["[fd00:0::7]:11434"], [], ["fd00::7"]), "http://[fd00::7]:11434"],
    ["nowhere, where it is told of loopback alone", urlOf(["127.0.0.1:11434", "[::1]:11434"], [tailscale]), undefined],
    [
      "nowhere, where the tailnet is down and nothing else is known",
      urlOf(["0.0.0.0:1"], [subject("tailscale", { backendState: "Stopped", addresses: ["100.64.0.5"] })]),
      undefined,
    ],
    ["nowhere, where the address is another machine's", urlOf(["10.9.9.1:80"], [tailscale, cable], ["10.0.0.1"]), undefined],
    ["nowhere, at a port that is none", urlOf(["100.64.0.5:99999", "100.64.0.5:0"], [tailscale]), undefined],
    ...[
      "[::ffff:127.0.0.1]:1",
      "[0:0:0:0:0:0:0:1]:1",
      "[::ffff:169.254.169.254]:1",
      "224.0.0.1:1",
      "[ff02::1]:1",
      "0.0.0.7:1",
    ].map((address) => [
      `nowhere, where ${address} is told`,
      urlOf([address], [{ ...cable, value: { ...cable.value, addresses: [address.replace(/:1$/, "").replace(/[[\]]/g, "")] } }]),
      undefined,
    ]),
    ["an own one, where all of IPv6 is told at length", urlOf(["[0:0:0:0:0:0:0:0]:11434"], [cable]), "http://192.168.1.7:11434"],
    ["nowhere, where nobody said", serverUrl({ subjects: [], lists: [] }, ["10.0.0.1"]), undefined],
    [
      "nowhere, where it could not be read",
      serverUrl({ subjects: [subject("ollama_endpoint", {}, { outcome: "failed" })], lists: [] }, []),
      undefined,
    ],
  ])("is %s", (_, url, expected) => {
    expect(url).toBe(expected);
  });
});
