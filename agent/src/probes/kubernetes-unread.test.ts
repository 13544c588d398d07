import { describe, expect, it } from "vitest";
import { kubernetes } from "./kubernetes.ts";
import { factsAt, runToPayload } from "./test-support/payload-view.ts";
import { denied, TreeHost } from "./test-support/tree-host.ts";

const unit = { "/etc/systemd/system/k3s.service": "[Service]\nExecStart=/usr/local/bin/k3s server\n" };
const refused = /^HOST_PERMISSION_DENIED: /;

describe("K3s and containerd of which something cannot be read", () => {
  it("are both unknown where K3s's own unit cannot be read: its containerd may be there", async () => {
    const payload = await runToPayload(kubernetes, new TreeHost({ "/etc/systemd/system/k3s.service": denied("k3s.service") }));

    expect(factsAt(payload, "k3s")).toMatch(refused);
    expect(factsAt(payload, "container_runtime")).toMatch(refused);
  });

  it("are both unknown where a folder of units that cannot be listed may hold theirs", async () => {
    const payload = await runToPayload(kubernetes, new TreeHost({ "/usr/lib/systemd/system": denied("units") }));

    expect(factsAt(payload, "k3s")).toMatch(refused);
    expect(factsAt(payload, "container_runtime")).toMatch(refused);
  });

  it.each([
    ["a drop-in", "/etc/systemd/system/k3s.service.d/10-node.conf"],
    ["the drop-ins", "/etc/systemd/system/k3s.service.d"],
    ["a part of the configuration", "/etc/rancher/k3s/config.yaml.d/10.yaml"],
    ["the parts of the configuration", "/etc/rancher/k3s/config.yaml.d"],
  ])("are K3s unknown where %s may say anything", async (_, path) => {
    const payload = await runToPayload(kubernetes, new TreeHost({ ...unit, [path]: denied(path) }));

    expect(factsAt(payload, "k3s")).toMatch(refused);
  });

  it.each([
    ["K3s's", { ...unit }, "containerd github.com/containerd/containerd 1.7.24 0a1b\n"],
    [
      "the distribution's",
      { "/usr/lib/systemd/system/containerd.service": "" },
      "containerd github.com/k3s-io/containerd v2.0.5-k3s2 0a1b\n",
    ],
  ])("are without a version where another containerd answers for %s", async (_, files, stdout) => {
    const host = new TreeHost(files);
    host.programs.set("containerd", async () => ({ exitCode: 0, stdout, stderr: "" }));

    const facts = factsAt(await runToPayload(kubernetes, host), "container_runtime");

    expect(facts).toMatchObject({ name: "containerd" });
    expect(facts).not.toHaveProperty("version");
  });

  it("are K3s not there where its unit is masked", async () => {
    const host = new TreeHost({
      "/etc/systemd/system/k3s.service": "",
      "/usr/lib/systemd/system/containerd.service": "[Unit]\n",
    });

    expect(factsAt(await runToPayload(kubernetes, host), "k3s")).toBe("absent");
  });
});
