import { describe, expect, it } from "vitest";
import { FakeKmsg } from "../../test-support/fake-kmsg.ts";
import { denied, TreeHost } from "../../test-support/tree-host.ts";
import { createKernelLogFollower, maximumRecordsAtOnce } from "./kernel-log-follower.ts";

const never = new AbortController().signal;

function follow(kmsg: FakeKmsg) {
  const host = new TreeHost();
  host.kernelLog = () => kmsg.open();
  return { host, follower: createKernelLogFollower() };
}

function write(kmsg: FakeKmsg, count: number): void {
  for (let index = 0; index < count; index++) kmsg.write(`line ${index}`);
}

describe("createKernelLogFollower", () => {
  it("adds records in their order though watcher and probe look at the same time, and opens the log once", async () => {
    const kmsg = new FakeKmsg();
    const { host, follower } = follow(kmsg);
    write(kmsg, 3 * maximumRecordsAtOnce);

    const looks = await Promise.all([follower.look(host), follower.look(host), follower.look(host), follower.look(host)]);

    expect(looks.map(({ records }) => records)).toEqual([500, 500, 500, 0]);
    expect(follower.memory()).toMatchObject({ records: 1_500, lost: 0, suppressed: 0, nextSequence: 1_500 });
    expect(kmsg.openCount).toBe(1);
  });

  it("lets the rest of the process work while it catches up with a long log", async () => {
    const kmsg = new FakeKmsg(20_000);
    const { host, follower } = follow(kmsg);
    write(kmsg, 20_000);
    let turns = 0;
    const others = setImmediateLoop(() => turns++);

    const isDrained = await follower.catchUp(host, never);
    others.stop();

    expect(isDrained).toBe(true);
    expect(turns).toBeGreaterThanOrEqual(30);
    expect(follower.memory().records).toBe(20_000);
  });

  it("stops catching up when it is told to", async () => {
    const kmsg = new FakeKmsg();
    const { host, follower } = follow(kmsg);
    write(kmsg, 2_000);

    expect(await follower.catchUp(host, AbortSignal.abort())).toBe(false);
    expect(follower.memory().records).toBe(maximumRecordsAtOnce);
  });

  it("tells both who look why the log cannot be read, and opens it anew the next time", async () => {
    const kmsg = new FakeKmsg();
    const { host, follower } = follow(kmsg);
    write(kmsg, 10);
    kmsg.broken = "EIO";

    const looks = await Promise.allSettled([follower.look(host), follower.look(host)]);
    kmsg.broken = undefined;
    await follower.look(host);

    expect(looks.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(follower.memory().records).toBe(10);
  });

  it("loses no record when the clock cannot be read", async () => {
    const kmsg = new FakeKmsg();
    const { host, follower } = follow(kmsg);
    write(kmsg, 10);
    await follower.look(host);
    write(kmsg, 10);
    const { time } = host;
    host.time = async () => {
      throw denied("/proc/uptime");
    };
    await expect(follower.look(host)).rejects.toMatchObject({ code: "HOST_PERMISSION_DENIED" });
    host.time = time;
    await follower.look(host);

    expect(follower.memory()).toMatchObject({ records: 20, lost: 0 });
  });

  it("closes the log when it is disposed of", async () => {
    const kmsg = new FakeKmsg();
    const { host, follower } = follow(kmsg);
    await follower.look(host);

    follower[Symbol.dispose]();
    await new Promise((resolve) => setImmediate(resolve));

    expect([kmsg.openCount, kmsg.closeCount]).toEqual([1, 1]);
  });
});

/** Does something at every turn of the event loop. */
function setImmediateLoop(work: () => void): { stop(): void } {
  let isStopped = false;
  const turn = (): void => {
    work();
    if (!isStopped) setImmediate(turn);
  };
  setImmediate(turn);
  return {
    stop: () => {
      isStopped = true;
    },
  };
}
