import { FakeClock } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { identify } from "./identity.ts";
import { createFakeHost } from "./test-support/fake-host.ts";

const bootId = "6d1b7a2e-2f4f-4a9e-8a40-111111111111";
const machineId = "0123456789abcdef0123456789abcdef";
const files = {
  "/proc/sys/kernel/random/boot_id": `${bootId}\n`,
  "/proc/sys/kernel/hostname": "Neko2\n",
  "/etc/hostname": "neko2-on-disk\n",
  "/etc/machine-id": `${machineId}\n`,
};

function identifyWith(
  more: Readonly<Record<string, string | undefined>>,
  name?: string,
  root = "/",
): ReturnType<typeof identify> {
  const entries = Object.entries({ ...files, ...more }).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return identify(createFakeHost(new FakeClock(), Object.fromEntries(entries), root), name);
}

describe("identify", () => {
  it("takes the kernel's name of the machine in lower case, the machine id and the boot id", async () => {
    expect(await identifyWith({})).toEqual({ nodeName: "neko2", machineId, bootId });
  });

  it("takes the name that it is given", async () => {
    expect(await identifyWith({}, "bobcat")).toMatchObject({ nodeName: "bobcat" });
  });

  it("asks the host's file in a container, where the kernel would name the container", async () => {
    expect(await identifyWith({ "/proc/sys/kernel/hostname": "agent-x7k2p" }, undefined, "/host")).toMatchObject({
      nodeName: "neko2-on-disk",
    });
  });

  it.each([
    { name: "is missing", more: { "/etc/machine-id": undefined }, expected: "" },
    { name: "is not one", more: { "/etc/machine-id": "uninitialized\n" }, expected: "" },
    { name: "is D-Bus's", more: { "/etc/machine-id": undefined, "/var/lib/dbus/machine-id": machineId }, expected: machineId },
  ])("goes on when the machine id $name", async ({ more, expected }) => {
    expect((await identifyWith(more)).machineId).toBe(expected);
  });

  it.each(["", "-neko", "neko!", "x".repeat(254)])("refuses the name %j and says how to give one", async (hostname) => {
    await expect(identifyWith({ "/proc/sys/kernel/hostname": hostname })).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining("--node-name"),
    });
  });

  it("takes a name with an underscore, as the collector does", async () => {
    expect(await identifyWith({ "/proc/sys/kernel/hostname": "My_Laptop" })).toMatchObject({ nodeName: "my_laptop" });
  });

  it("says that the host's root is wrong when no kernel answers there", async () => {
    const wrong = identifyWith({ "/proc/sys/kernel/random/boot_id": undefined }, undefined, "/nonsense");

    await expect(wrong).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining("--host-root /nonsense"),
    });
  });
});
