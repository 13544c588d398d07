import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { ownSocket } from "./own-socket.mjs";

describe("ownSocket", () => {
  /** @type {string} */
  let root;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "nodekeeper-own-socket-"));
  });

  afterEach(() => rmSync(root, { recursive: true, force: true }));

  /** @param {string} data */
  function aCollectorRunsIn(data) {
    mkdirSync(join(data, "collector"), { recursive: true });
    writeFileSync(join(data, "collector", "admin.sock"), "");
    return join(data, "collector", "admin.sock");
  }

  const checkout = () => ({ root, toolchain: "", stamps: "" });

  it("finds the collector of npm start", () => {
    const socket = aCollectorRunsIn(join(root, ".nodekeeper"));

    expect(ownSocket(checkout(), ["nodes"], {})).toEqual({ NODEKEEPER_CLI_SOCKET: socket });
  });

  it("finds it in the folder that NODEKEEPER_DATA_DIR names", () => {
    const socket = aCollectorRunsIn(join(root, "data"));

    expect(ownSocket(checkout(), [], { NODEKEEPER_DATA_DIR: "data", INIT_CWD: root })).toEqual({ NODEKEEPER_CLI_SOCKET: socket });
  });

  it("stands back where none runs, and where another is named", () => {
    expect(ownSocket(checkout(), ["nodes"], {})).toEqual({});
    aCollectorRunsIn(join(root, ".nodekeeper"));

    expect(ownSocket(checkout(), ["nodes", "--collector", "http://127.0.0.1:1"], {})).toEqual({});
    expect(ownSocket(checkout(), ["nodes", "--socket=/x"], {})).toEqual({});
    expect(ownSocket(checkout(), ["nodes"], { NODEKEEPER_CLI_COLLECTOR: "http://127.0.0.1:1" })).toEqual({});
  });
});
