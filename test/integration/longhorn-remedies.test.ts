/** What agents say to mend a node for Longhorn is what the collector passes on: the two are written apart, since the collector takes no agent's word for a command. */
import { describe, expect, it } from "vitest";
import { longhorn } from "../../agent/src/probes/longhorn.ts";
import { LonghornNode, release } from "../../agent/src/probes/test-support/longhorn-node.ts";
import { runToPayload } from "../../agent/src/probes/test-support/payload-view.ts";
import { prerequisiteRemedy } from "../../collector/src/longhorn/prerequisite-remedy.ts";

/** A node that lacks everything. */
function illNode(osRelease: string): LonghornNode {
  const host = new LonghornNode();
  host.add("/etc", { "os-release": osRelease });
  host.remove("/sys/fs/cgroup/system.slice/iscsid.service");
  host.add("/sys/fs/cgroup/system.slice/multipathd.service", { "cgroup.procs": "0\n" });
  for (const program of ["iscsiadm", "mount.nfs4", "mount.nfs", "cryptsetup", "dmsetup"]) host.remove(`/usr/sbin/${program}`);
  host.add("/usr/sbin", { mount: "" });
  host.add("/proc/sys/kernel", { osrelease: `${release}\n` });
  host.add("/proc", { modules: "none 1 0\n" });
  host.add(`/lib/modules/${release}`, { "modules.builtin": "", "modules.dep": "kernel/drivers/md/dm-crypt.ko:\n" });
  return host;
}

describe("what an agent says to mend a node for Longhorn", () => {
  it.each(["debian", "fedora", "suse", "arch", "alpine", "talos"])("is passed on, all of it, on %s", async (id) => {
    const { subjects } = await runToPayload(longhorn, illNode(`ID=${id}\n`));

    const remedies = subjects.flatMap(({ value }) =>
      value.case === "longhornCheck" && value.value.remedy !== "" ? [value.value.remedy] : [],
    );
    expect(remedies.length).toBeGreaterThanOrEqual(9);
    expect(remedies.filter((remedy) => prerequisiteRemedy(remedy)?.text !== remedy)).toEqual([]);
  });
});
