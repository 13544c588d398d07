/** The guests that other tests boot: what they promise, tried on a real one. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyFromImage, createEmptyImage, replayJournal } from "./ext4-image.ts";
import { type Guest, startGuest } from "./guest.ts";
import { missingForGuests } from "./requirements.ts";

const missing = await missingForGuests();

describe.skipIf(missing !== undefined)(`a guest${missing === undefined ? "" : ` (${missing})`}`, { timeout: 90_000 }, () => {
  let folder: string;
  let guest: Guest;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "nodekeeper-boot-"));
    await createEmptyImage(join(folder, "data"), 64 << 20);
    await createEmptyImage(join(folder, "nvme"), 16 << 20);
    await createEmptyImage(join(folder, "ata"), 16 << 20);
    guest = await startGuest({
      files: [{ hostPath: import.meta.filename, guestPath: "/boot.test.ts" }],
      forwardedPorts: [8080],
      disks: [
        { image: join(folder, "data"), device: "virtio", serial: "data" },
        { image: join(folder, "nvme"), device: "nvme", serial: "NVME0001" },
        { image: join(folder, "ata"), device: "ide", serial: "ATA0001" },
      ],
    });
  }, 180_000);

  afterAll(async () => {
    await guest?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  it("gives back a script's exit code and both its outputs", async () => {
    const result = await guest.run("echo out; echo 'err ü' >&2; exit 3");

    expect(result).toEqual({ exitCode: 3, stdout: "out\n", stderr: "err ü\n" });
  });

  it("runs the Node that runs this test", async () => {
    const result = await guest.run("node -v");

    expect(result).toEqual({ exitCode: 0, stdout: `${process.version}\n`, stderr: "" });
  });

  it("shows the files that it was started with", async () => {
    const result = await guest.run("cat /files/boot.test.ts");

    expect(result.stdout).toBe(await readFile(import.meta.filename, "utf8"));
  });

  it("answers smartctl with the NVMe controller's own health log, and with a fault that is injected into it", async () => {
    const healthy = await guest.run("smartctl --json -a /dev/nvme0");
    await guest.qmp("qom-set", { path: "/machine/peripheral/NVME0001", property: "smart_critical_warning", value: 4 });
    const degraded = await guest.run("smartctl --json -a /dev/nvme0");

    expect(healthy.exitCode).toBe(0);
    expect(JSON.parse(healthy.stdout)).toMatchObject({
      serial_number: "NVME0001",
      smart_status: { passed: true },
      nvme_smart_health_information_log: { critical_warning: 0 },
    });
    expect(degraded.exitCode).toBe(8);
    expect(JSON.parse(degraded.stdout)).toMatchObject({
      smart_status: { passed: false },
      nvme_smart_health_information_log: { critical_warning: 4 },
    });
  });

  it("answers smartctl with the ATA disk's attributes", async () => {
    const result = await guest.run("smartctl --json -a /dev/sda");

    const report: { serial_number: string; ata_smart_attributes: { table: unknown[] } } = JSON.parse(result.stdout);
    expect(report.serial_number).toBe("ATA0001");
    expect(report.ata_smart_attributes.table.length).toBeGreaterThan(0);
  });

  it("answers on a port of the host where a program listens on the guest's own loopback interface", async () => {
    await guest.run(`node -e '
      const server = require("node:net").createServer((socket) => socket.end("hello"));
      server.listen(8080, "127.0.0.1", () => require("node:fs").writeFileSync("/tmp/listening", ""));
    ' >/tmp/log 2>&1 &`);
    await guest.run("until [ -e /tmp/listening ]; do sleep 0.1; done");

    const response = await readAll(guest.hostPort(8080));

    expect(response).toBe("hello");
  });

  it("loses what was not synced when it is killed, and keeps what was", async () => {
    await guest.run("mount -t ext4 /dev/serial/data /mnt && mkdir /mnt/d && echo kept >/mnt/d/synced && sync");
    const unsynced = await guest.run("echo lost >/mnt/d/unsynced && cat /mnt/d/unsynced");
    await guest.kill();
    await replayJournal(join(folder, "data"));
    await copyFromImage(join(folder, "data"), "/d", folder);

    expect(unsynced.stdout).toBe("lost\n");
    expect(await readFile(join(folder, "d/synced"), "utf8")).toBe("kept\n");
    await expect(readFile(join(folder, "d/unsynced"), "utf8")).rejects.toThrow("ENOENT");
  });
});

async function readAll(port: number): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  for await (const chunk of socket) {
    text += chunk;
  }
  return text;
}
