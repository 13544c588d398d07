import { describe, expect, it } from "vitest";
import { type GuardedRequest, guardRequest } from "./guard-request.ts";
import { loopbackAuthorities, requireLoopback } from "./loopback.ts";

const authorities = loopbackAuthorities("127.0.0.1", 7060);

function refusalOf(headers: GuardedRequest["headers"], method = "GET") {
  const refusal = guardRequest({ method, headers }, authorities);
  return refusal && { code: refusal.error.code, status: refusal.status, message: refusal.error.message };
}

describe("guardRequest", () => {
  it.each(["127.0.0.1:7060", "localhost:7060", "LOCALHOST:7060", "[::1]:7060"])("lets pass what is called %s", (host) => {
    expect(refusalOf({ host })).toBeUndefined();
  });

  it.each([
    "evil.example:7060",
    "127.0.0.1",
    "127.0.0.1:80",
    "localhost:7061",
    "127.0.0.1.evil.example:7060",
    "localhost.:7060",
    "",
  ])("refuses to be called %j, as a rebound name would", (host) => {
    expect(refusalOf({ host })).toMatchObject({ code: "ORIGIN_REFUSED", status: 421 });
  });

  it("refuses a request without Host", () => {
    expect(refusalOf({})).toMatchObject({ status: 421 });
  });

  it("lets its own pages pass", () => {
    expect(refusalOf({ host: "localhost:7060", origin: "http://localhost:7060" })).toBeUndefined();
  });

  it.each(["http://evil.example", "null", "https://localhost:7060", "http://127.0.0.1:7060", "http://localhost:5173"])(
    "refuses pages of %s to localhost:7060",
    (origin) => {
      expect(refusalOf({ host: "localhost:7060", origin })).toMatchObject({ code: "ORIGIN_REFUSED", status: undefined });
    },
  );

  it.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])("refuses %s", (method) => {
    expect(refusalOf({ host: "localhost:7060" }, method)).toMatchObject({ code: "METHOD_NOT_ALLOWED" });
  });

  it("lets HEAD pass", () => {
    expect(refusalOf({ host: "localhost:7060" }, "HEAD")).toBeUndefined();
  });

  it.each([{ "content-length": "1" }, { "transfer-encoding": "chunked" }])("refuses a body: %j", (headers) => {
    expect(refusalOf({ host: "localhost:7060", ...headers })).toMatchObject({ code: "PROTOCOL_TOO_LARGE" });
  });

  it("repeats what was sent, but not at length", () => {
    expect(refusalOf({ host: "x".repeat(10_000) })?.message.length).toBeLessThan(600);
  });
});

describe("loopbackAuthorities", () => {
  it("knows the name without a port on port 80, as clients write it", () => {
    expect(loopbackAuthorities("127.0.0.1", 80)).toContain("localhost");
    expect(loopbackAuthorities("127.0.0.1", 7060)).not.toContain("localhost");
  });

  it("knows the address that it listens on, in brackets when it is IPv6", () => {
    expect(loopbackAuthorities("127.1.2.3", 7060)).toContain("127.1.2.3:7060");
    expect(loopbackAuthorities("::1", 7060)).toContain("[::1]:7060");
  });
});

describe("requireLoopback", () => {
  it.each(["127.0.0.1", "127.9.9.9", "::1", "localhost"])("takes %s", (host) => {
    expect(() => requireLoopback(host)).not.toThrow();
  });

  it.each(["0.0.0.0", "::", "192.168.1.2", "example.org", "127.evil.example", "::ffff:10.0.0.1", ""])("refuses %j", (host) => {
    expect(() => requireLoopback(host)).toThrow("it has no login yet and serves this machine only");
  });
});
