import { AppError } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import type { FilesystemUsage, RunOptions } from "../../../host/host.ts";
import { anyUsage } from "../../test-support/disks-machine.ts";
import { TreeHost } from "../../test-support/tree-host.ts";
import { askFilesystems } from "./ask-filesystems.ts";
import type { LocatedFilesystem } from "./locate-filesystems.ts";

/** A host of which remote mounts answer only when the test lets them. */
class HangingHost extends TreeHost {
  readonly asked: { readonly mountPoint: string; readonly timeoutMs: number; readonly giveUp: () => void }[] = [];

  override async statRemoteFilesystem(mountPoint: string, options?: RunOptions): Promise<FilesystemUsage> {
    return await new Promise((_, reject) => {
      const giveUp = (): void => reject(new AppError("HOST_MOUNT_NOT_RESPONDING", `${mountPoint} does not respond`));
      this.asked.push({ mountPoint, timeoutMs: options?.timeoutMs ?? 0, giveUp });
    });
  }
}

function filesystem(mountPoint: string, isRemote: boolean): LocatedFilesystem {
  return {
    mountPoint,
    source: "x",
    type: isRemote ? "nfs4" : "ext4",
    dev: "8:1",
    isReadOnly: false,
    hasFallenReadOnly: false,
    isRemote,
    location: undefined,
    physicalIds: [],
    uuid: "",
    label: "",
  };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

describe("askFilesystems", () => {
  it("asks all local ones while more remote ones hang than are asked at once", async () => {
    const host = new HangingHost();
    const remote = Array.from({ length: 9 }, (_, index) => `/mnt/nas${index}`);
    const local = ["/", "/boot", "/data", "/srv", "/var", "/x"];
    for (const mountPoint of local) host.usages.set(mountPoint, anyUsage);
    const filesystems = [...remote.map((path) => filesystem(path, true)), ...local.map((path) => filesystem(path, false))];

    const answers = askFilesystems(host, filesystems, new AbortController().signal);
    await turns();

    expect(host.calls).toEqual(local.map((path) => `stat ${path}`));
    expect(host.asked.map(({ mountPoint }) => mountPoint)).toEqual(remote.slice(0, 4));
    for (let count = 0; count < remote.length; count++) {
      host.asked[count]?.giveUp();
      await turns();
    }
    const { usages } = await answers;
    for (const path of local) expect(usages.get(path)).toEqual(anyUsage);
    for (const path of remote) expect(usages.get(path)).toMatchObject({ code: "HOST_MOUNT_NOT_RESPONDING" });
  });

  it.each([
    { count: 1, timeoutMs: 5_000 },
    { count: 16, timeoutMs: 5_000 },
    { count: 40, timeoutMs: 2_000 },
    { count: 160, timeoutMs: 500 },
  ])(
    "gives each of $count remote ones $timeoutMs ms, so that all of them hanging fit into a run",
    async ({ count, timeoutMs }) => {
      const host = new HangingHost();
      const aborter = new AbortController();
      const filesystems = Array.from({ length: count }, (_, index) => filesystem(`/mnt/${index}`, true));

      const answers = askFilesystems(host, filesystems, aborter.signal);
      await turns();
      aborter.abort();
      for (const { giveUp } of host.asked) giveUp();

      await answers.catch(() => undefined); // it was aborted
      expect(host.asked[0]?.timeoutMs).toBe(timeoutMs);
      expect(Math.ceil(count / 4) * timeoutMs).toBeLessThanOrEqual(20_000);
    },
  );
});
