import { beforeEach, describe, expect, it } from "vitest";
import { denied, TreeHost } from "../../test-support/tree-host.ts";
import { createGpuUsers } from "./gpu-users.ts";

/** A host that keeps which processes were looked at; "all" for a look through all. */
class WatchedHost extends TreeHost {
  readonly looks: (readonly number[] | "all")[] = [];
  costMs = 0;

  override async fileHolders(prefixes: readonly string[], pids?: readonly number[]): ReturnType<TreeHost["fileHolders"]> {
    this.looks.push(pids ?? "all");
    this.pass(this.costMs);
    return super.fileHolders(prefixes, pids);
  }

  pass(ms: number): void {
    this.clock = { wallMs: this.clock.wallMs + ms, uptimeMs: this.clock.uptimeMs + ms };
  }

  start(pid: number): void {
    this.entries.set(`/proc/${pid}/stat`, "");
  }
}

let host: WatchedHost;

beforeEach(() => {
  host = new WatchedHost();
  for (const pid of [1, 2, 300]) host.start(pid);
});

describe("createGpuUsers", () => {
  it("looks through all processes first, then only at young ones and those that have one open", async () => {
    const users = createGpuUsers();
    host.holders = [{ pid: 2, path: "/dev/nvidia0" }];
    expect(await users.look(host)).toEqual([{ pid: 2, path: "/dev/nvidia0" }]);
    host.pass(4_000);
    host.start(400);
    await users.look(host);
    host.pass(4_000);
    await users.look(host);

    expect(host.looks).toEqual(["all", [400, 2], [400, 2]]);
  });

  it("looks at a young process the less often the older it gets", async () => {
    const users = createGpuUsers();
    await users.look(host);
    host.start(400);
    const looked: number[] = [];
    for (let seconds = 0; seconds < 56; seconds += 4) {
      const before = host.looks.length;
      await users.look(host);
      if (host.looks.length > before) looked.push(seconds);
      host.pass(4_000);
    }

    expect(looked).toEqual([0, 4, 8, 16, 24, 32, 40, 48]);
  });

  it("sees a young process open one long after it was started, and lose it", async () => {
    const users = createGpuUsers();
    await users.look(host);
    host.start(400);
    host.pass(4_000);
    await users.look(host);
    host.pass(50_000);
    host.holders = [{ pid: 400, path: "/dev/nvidia0" }];
    expect(await users.look(host)).toEqual([{ pid: 400, path: "/dev/nvidia0" }]);
    host.holders = [];
    host.pass(4_000);

    expect(await users.look(host)).toEqual([]);
  });

  it("looks through all again after a minute, and later the more that costs", async () => {
    const users = createGpuUsers();
    await users.look(host);
    host.pass(60_000);
    host.costMs = 50;
    await users.look(host);
    host.pass(499_500);
    await users.look(host);
    const before = [...host.looks];
    host.pass(1_000);
    await users.look(host);

    expect(before).toEqual(["all", "all"]);
    expect(host.looks).toEqual(["all", "all", "all"]);
  });

  it("looks through all when that is wanted, and not again before it has paid for it", async () => {
    const users = createGpuUsers();
    host.costMs = 6;
    await users.look(host);
    for (let seconds = 0; seconds < 60; seconds += 4) {
      host.pass(4_000);
      await users.look(host, true);
    }

    expect(host.looks).toEqual(["all", "all", "all", "all"]);
  });

  it("makes up for a look through all that was wanted too early: an old process opens one only once", async () => {
    const users = createGpuUsers();
    host.costMs = 6;
    await users.look(host);
    host.pass(10_000);
    host.holders = [{ pid: 300, path: "/dev/nvidia0" }];
    expect(await users.look(host, true)).toEqual([]);
    host.pass(12_000);

    expect(await users.look(host)).toEqual([{ pid: 300, path: "/dev/nvidia0" }]);
  });

  it("does not forget who is young when two look at the same time", async () => {
    const users = createGpuUsers();
    await users.look(host);
    host.pass(4_000);
    host.start(400);
    await Promise.all([users.look(host), users.look(host)]);
    host.pass(4_000);
    host.holders = [{ pid: 400, path: "/dev/nvidia0" }];

    expect(await users.look(host)).toEqual([{ pid: 400, path: "/dev/nvidia0" }]);
    expect(host.looks).toEqual(["all", [400], [400], [400]]);
  });

  it("takes nobody for an answer where it may not look, and looks through all once it may", async () => {
    const users = createGpuUsers();
    await users.look(host);
    host.pass(60_000);
    const { fileHolders } = host;
    host.fileHolders = async () => {
      throw denied("/proc/300/fd");
    };
    await expect(users.look(host)).rejects.toMatchObject({ code: "HOST_PERMISSION_DENIED" });
    await expect(users.look(host)).rejects.toMatchObject({ code: "HOST_PERMISSION_DENIED" });
    host.fileHolders = fileHolders;
    await users.look(host);

    expect(host.looks).toEqual(["all", "all"]);
  });
});
