import { describe, expect, it } from "vitest";
import { TreeHost } from "../../../test-support/tree-host.ts";
import { readProcessView } from "./process-view.ts";

const kthreadd = "2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 11 0 0\n";
const shell = "2 (kthreadd) S 1 2 2 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 11 0 0\n";

describe("readProcessView", () => {
  it.each([
    { where: "on a machine itself, or with the host's pids", own: "NSpid:\t812\n", second: kthreadd, view: "all" },
    {
      where: "in a container with pids of its own, under the host's /proc",
      own: "NSpid:\t4711\t7\n",
      second: kthreadd,
      view: "none",
    },
    { where: "in a container that is all it knows", own: "NSpid:\t7\n", second: shell, view: "some" },
    { where: "where kernel threads are hidden from us", own: "NSpid:\t7\n", second: undefined, view: "some" },
    {
      where: "with a name made up to look like a kernel thread's",
      own: "NSpid:\t7\n",
      second: "2 (a) S 0 0 0 0 -1 2129984) S 1 2 2 0 -1 64 0\n",
      view: "some",
    },
    { where: "under a kernel that does not say it", own: "Name:\tnode\n", second: kthreadd, view: "none" },
    { where: "without /proc", own: undefined, second: undefined, view: "none" },
  ] as const)("$where the driver's list is of: $view", async ({ own, second, view }) => {
    const host = new TreeHost({
      ...(own === undefined ? {} : { "/proc/self/status": own }),
      ...(second === undefined ? {} : { "/proc/2/stat": second }),
    });

    expect(await readProcessView(host)).toBe(view);
  });
});
