import { describe, expect, it } from "vitest";
import { denied, TreeHost } from "../../test-support/tree-host.ts";
import { listUnits } from "../systemd/read-unit.ts";
import { readK3sService } from "./k3s-service.ts";

const units = "/etc/systemd/system";

describe("readK3sService", () => {
  it("finds K3s under a name that somebody gave it", async () => {
    const host = new TreeHost({
      [`${units}/k3s-edge.service`]: "[Service]\nExecStart=/usr/local/bin/k3s agent\n",
      [`${units}/k3s-edge.service.env`]: "K3S_NODE_NAME=edge\n",
    });

    expect(await readK3sService(host, await listUnits(host))).toMatchObject({ unit: "k3s-edge.service", role: "agent" });
  });

  it("takes the usual unit where there are others", async () => {
    const host = new TreeHost({
      [`${units}/k3s-backup.service`]: "[Service]\nExecStart=/usr/local/bin/backup\n",
      [`${units}/k3s.service`]: "[Service]\nExecStart=/usr/local/bin/k3s server\n",
    });

    expect(await readK3sService(host, await listUnits(host))).toMatchObject({ unit: "k3s.service", role: "server" });
  });

  it("takes no unit for K3s that starts something else", async () => {
    const host = new TreeHost({ [`${units}/k3s-backup.service`]: "[Service]\nExecStart=/usr/local/bin/backup\n" });

    expect(await readK3sService(host, await listUnits(host))).toBeUndefined();
  });

  it("says so where it may not look for it", async () => {
    const host = new TreeHost({ [units]: denied(units) });

    await expect(readK3sService(host, await listUnits(host))).rejects.toMatchObject({ code: "HOST_PERMISSION_DENIED" });
  });
});
