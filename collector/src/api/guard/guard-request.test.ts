import { describe, expect, it } from "vitest";
import { loopbackNames, proxyNames, publicNames, socketNames } from "../doors/own-names.ts";
import { type GuardedRequest, guardRequest } from "./guard-request.ts";
import { requireLoopback } from "./loopback.ts";

const names = loopbackNames("127.0.0.1", 7060);

function refusalOf(headers: GuardedRequest["headers"], method = "GET", own = names) {
  const refusal = guardRequest({ method, headers, headersDistinct: {} }, own);
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

  it.each(["PUT", "PATCH", "OPTIONS", "TRACE", "CONNECT"])("refuses %s", (method) => {
    expect(refusalOf({ host: "localhost:7060" }, method)).toMatchObject({ code: "METHOD_NOT_ALLOWED" });
  });

  it.each(["HEAD", "POST", "DELETE"])("lets %s pass", (method) => {
    expect(refusalOf({ host: "localhost:7060" }, method)).toBeUndefined();
  });

  it.each([{ "content-length": "1" }, { "transfer-encoding": "chunked" }])("refuses a body of what has none: %j", (headers) => {
    expect(refusalOf({ host: "localhost:7060", ...headers })).toMatchObject({ code: "PROTOCOL_TOO_LARGE" });
  });

  it("repeats what was sent, but not at length", () => {
    expect(refusalOf({ host: "x".repeat(10_000) })?.message.length).toBeLessThan(600);
  });
});

describe("loopbackNames", () => {
  it("knows the name without a port on port 80, as clients write it", () => {
    expect(loopbackNames("127.0.0.1", 80).isOwn("localhost")).toBe(true);
    expect(loopbackNames("127.0.0.1", 7060).isOwn("localhost")).toBe(false);
  });

  it("knows the address that it listens on, in brackets when it is IPv6", () => {
    expect(loopbackNames("127.1.2.3", 7060).isOwn("127.1.2.3:7060")).toBe(true);
    expect(loopbackNames("::1", 7060).isOwn("[::1]:7060")).toBe(true);
  });
});

describe("publicNames", () => {
  const own = publicNames(["nodekeeper.example.net", "fd00::1"]);

  it.each([
    "nodekeeper.example.net",
    "nodekeeper.example.net:7070",
    "[fd00::1]:30070",
    "localhost:7070",
    "10.0.0.1:7070",
    "[::1]",
  ])("is called %s, whatever port stands before it", (host) => {
    expect(refusalOf({ host, origin: `https://${host}` }, "POST", own)).toBeUndefined();
  });

  it.each([
    "evil.example",
    "evil.nodekeeper.example.net:7070",
    "nodekeeper.example.net.evil.example",
    "10.0.0.1.evil.example",
    "[::1].evil.example",
    "",
  ])("is not called %j", (host) => {
    expect(refusalOf({ host }, "GET", own)).toMatchObject({ status: 421 });
  });

  it.each(["http://nodekeeper.example.net", "https://nodekeeper.example.net:8443", "https://other.example.net", "null"])(
    "refuses pages of %s",
    (origin) => {
      expect(refusalOf({ host: "nodekeeper.example.net", origin }, "POST", own)).toMatchObject({ code: "ORIGIN_REFUSED" });
    },
  );
});

describe("proxyNames", () => {
  it("takes the scheme that the proxy says its browser used, and HTTPS where it says nothing", () => {
    const host = "any.example.net";
    const refused = { code: "ORIGIN_REFUSED" };

    expect(refusalOf({ host, origin: `https://${host}` }, "POST", proxyNames)).toBeUndefined();
    expect(refusalOf({ host, origin: `http://${host}` }, "POST", proxyNames)).toMatchObject(refused);
    expect(refusalOf({ host, origin: `http://${host}`, "x-forwarded-proto": "http" }, "POST", proxyNames)).toBeUndefined();
    expect(refusalOf({ host, origin: "https://evil.example" }, "POST", proxyNames)).toMatchObject(refused);
  });
});

describe("socketNames", () => {
  it("lets no page pass: browsers speak to no unix socket", () => {
    expect(refusalOf({ host: "localhost" }, "POST", socketNames)).toBeUndefined();
    expect(refusalOf({ host: "localhost", origin: "http://localhost" }, "POST", socketNames)).toMatchObject({
      code: "ORIGIN_REFUSED",
    });
  });
});

describe("requireLoopback", () => {
  it.each(["127.0.0.1", "127.9.9.9", "::1", "localhost"])("takes %s", (host) => {
    expect(() => requireLoopback(host)).not.toThrow();
  });

  it.each(["0.0.0.0", "::", "192.168.1.2", "example.org", "127.evil.example", "::ffff:10.0.0.1", ""])("refuses %j", (host) => {
    expect(() => requireLoopback(host)).toThrow("without a login");
  });
});
