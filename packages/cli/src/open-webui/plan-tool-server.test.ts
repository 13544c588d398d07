import { fieldsAt } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import type { ToolServer, ToolServersBody } from "./bodies.ts";
import { findToolServer, mendedToolServer, newToolServer, withToolServer } from "./plan-tool-server.ts";

const wish = { url: "https://collector.example.org:7070/tools", id: "gpu", isForEverybody: true };
const other = { url: "http://other/tools", info: { id: "other" } };
const aBody = (...servers: ToolServersBody["TOOL_SERVER_CONNECTIONS"]): ToolServersBody => ({ TOOL_SERVER_CONNECTIONS: servers });

describe("findToolServer", () => {
  it("finds ours by its address, and by its id where the collector is called otherwise now", () => {
    const own = newToolServer(wish, "nkt_1");

    expect(findToolServer(aBody(other, { ...own, url: `${wish.url}/`, info: { id: "mine" } }), wish)?.index).toBe(1);
    expect(findToolServer(aBody({ ...own, url: "https://old:7070/tools" }), wish)?.index).toBe(0);
    expect(findToolServer(aBody(other), wish)).toBeUndefined();
    expect(findToolServer(aBody({ ...own, type: "mcp" }), wish)).toBeUndefined();
  });

  it("refuses an id that is somebody else's", () => {
    expect(() => findToolServer(aBody({ url: "http://weather/api", info: { id: "gpu" } }), wish)).toThrow(
      "choose one with --tools-id",
    );
  });
});

describe("mendedToolServer", () => {
  const server: ToolServer = {
    ...newToolServer({ ...wish, url: "https://old:7070/tools", isForEverybody: false }, "nkt_1"),
    headers: { "X-Own": "1" },
  };

  it("changes the address, and the token where another is given; who may use it and what somebody added stay", () => {
    expect(mendedToolServer({ server, index: 0 }, wish, undefined)).toEqual({ ...server, url: wish.url });
    expect(mendedToolServer({ server, index: 0 }, wish, "nkt_2")).toEqual({ ...server, url: wish.url, key: "nkt_2" });
    expect(withToolServer(aBody(server, other), { server, index: 0 }, server)).toEqual(aBody(server, other));
  });

  it("switches it on", () => {
    const off = { ...server, config: { ...fieldsAt(server, "config"), enable: false } };

    expect(mendedToolServer({ server: off, index: 0 }, wish, undefined)["config"]).toEqual(server["config"]);
  });
});

describe("newToolServer", () => {
  it("is for everybody or for admins, with a token or without", () => {
    expect(newToolServer(wish, "nkt_1")).toMatchObject({
      auth_type: "bearer",
      key: "nkt_1",
      config: { access_grants: [{ principal_id: "*" }] },
    });
    expect(newToolServer({ ...wish, isForEverybody: false }, "")).toMatchObject({
      auth_type: "none",
      key: "",
      config: { access_grants: [] },
    });
  });
});
