import type { SubjectBody } from "@nodekeeper/shared/api";
import { fullMachine, fullMachineNowMs, wholeLists, workstation } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { createTerminal } from "../terminal.ts";
import { renderMachine } from "./machine.ts";

const nowMs = fullMachineNowMs;
const terminal = (columns: number) => createTerminal({ isTerminal: true, columns, env: { NO_COLOR: "1" } });
const facts = (subjects: readonly SubjectBody[]) => ({ subjects: [...subjects], lists: wholeLists(subjects) });
const short = (columns = 80, subjects = fullMachine()): string =>
  renderMachine(terminal(columns), facts(subjects), { isAll: false, nowMs });
const long = (): string => renderMachine(terminal(120), facts(fullMachine()), { isAll: true, nowMs });

describe("renderMachine", () => {
  it.each([72, 80, 100, 200])("fits a screen of %i columns, whatever the machine has", (columns) => {
    const lines = short(columns).split("\n");

    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(lines.length).toBeLessThanOrEqual(100);
  });

  it("shows a machine of which nothing is wrong on one screen", () => {
    expect(short(80, workstation()).split("\n").length).toBeLessThanOrEqual(32);
  });

  it("shows links, wear and the disks' own verdicts with how much is wrong", () => {
    expect(short(100)).toMatch(/^nvme0n1 +Example.* PCIe 3 ×4 +41 °C +7 % .*passed$/m);
    expect(short(100)).toMatch(/^nvme1n1 +Example.* PCIe 2 ×1 of 3 ×4 +55 °C +103 % .*failed, 3 wrong$/m);
    expect(short(100)).toMatch(/^sda +Example.* USB 5 Gbit\/s +38 °C .*passed, 2 wrong$/m);
    expect(short(100)).toMatch(/^sdb +Example.* sata +passed, asleep$/m);
    expect(short(100)).toMatch(/^mmcblk0 +EX32G.* mmc +30 %$/m);
  });

  it("shows what filesystems lie on, what has fallen read-only first", () => {
    const text = long();

    expect(text).toMatch(/LIES ON\n\/srv .*FALLEN READ-ONLY, md0 → sda1 \+ sdb1\n/);
    expect(text).toContain("vg0/root → crypt cryptroot → nvme0n1p3");
    expect(text).toContain("nvme1n1p1, Longhorn: /var/lib/longhorn");
  });

  it("shows arrays, pools, boots, clock and the network of pods", () => {
    expect(long()).toMatch(/^md0 +raid1, clean, 1 of 2 members lacking, recover at 41 % +sda1 in sync, sdb1 faulty$/m);
    expect(short()).toMatch(/^tank +zfs, online$/m);
    expect(short()).toContain("boots      1 of the last 3 ended without a shutdown, the last 2 d ago");
    expect(short()).toContain("clock      synchronized by chrony to 192.0.2.1, stratum 3, 420 µs off");
    expect(short()).toContain("pods       flannel vxlan 10.42.3.1/24, MTU 1450, over tailscale0 with 1280");
  });

  it("counts what it leaves out, and shows it in the long form", () => {
    expect(short()).toMatch(/enp1s0 .*\n… 1 more; --all\n/);
    expect(short()).toMatch(/nvme controller reset .*\n… 1 more; --all$/);
    expect(long()).not.toContain("--all");
    expect(long()).toMatch(/^link flap +enp1s0 +2 +9 h ago +r8169/m);
    expect(long()).toMatch(/^lo +loopback/m);
    expect(long()).toContain("extended self-test passed at 15,000 h");
    expect(long()).toContain("Example Bridge 583 (152d:0583), uas");
    expect(long()).toContain("This bridge resets under load with uas");
  });

  it("shows nothing where nothing is known, and no zero for what is unset", () => {
    const disk = { kind: "block_device", id: "sda", probe: "disks", outcome: "ok", freshness: "fresh" } as const;

    const text = short(80, [{ ...disk, value: { name: "sda" }, samples: {} }]);

    expect(text).toBe("DISK  SIZE\nsda      ?");
    expect(short(80, [])).toBe("");
  });
});
