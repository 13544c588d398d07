import { describe, expect, it } from "vitest";
import { serviceCall } from "./service-table.ts";
import type { ServiceRequest } from "./services.ts";

const at = { address: "127.0.0.1", port: 11_434 };

describe("serviceCall", () => {
  it("writes an IPv6 address in brackets where a host is named", () => {
    const call = serviceCall({ service: "ollama", at: { address: "fd7a:115c:a1e0::1", port: 11_434 }, question: "version" });

    expect(call).toMatchObject({ host: "[fd7a:115c:a1e0::1]:11434", to: { address: "fd7a:115c:a1e0::1" } });
  });

  it.each<{ readonly why: string; readonly request: ServiceRequest }>([
    {
      why: "a ping of an address outside of the tailnet",
      request: { service: "tailscale", question: "ping", address: "8.8.8.8" },
    },
    { why: "a ping of a name", request: { service: "tailscale", question: "ping", address: "100.64.0.1.example" } },
    { why: "another parameter", request: { service: "tailscale", question: "ping", address: "100.64.0.1&type=TSMP" } },
    { why: "a scope", request: { service: "tailscale", question: "ping", address: "fd7a:115c:a1e0::1%eth0" } },
    { why: "a name for an address", request: { service: "ollama", at: { ...at, address: "localhost" }, question: "tags" } },
    { why: "everybody's address", request: { service: "ollama", at: { ...at, address: "0.0.0.0" }, question: "tags" } },
    { why: "a port that is none", request: { service: "ollama", at: { ...at, port: 70_000 }, question: "tags" } },
    { why: "no model", request: { service: "ollama", at, question: "show", model: "" } },
    { why: "a model with a blank", request: { service: "ollama", at, question: "show", model: "llama3 --verbose" } },
    { why: "a model with a line's end", request: { service: "ollama", at, question: "show", model: "llama3\n" } },
    { why: "a model of a thousand letters", request: { service: "ollama", at, question: "show", model: "m".repeat(1000) } },
  ])("sends nothing for $why", ({ request }) => {
    expect(() => serviceCall(request)).toThrow(expect.objectContaining({ code: "INTERNAL" }));
  });
});
