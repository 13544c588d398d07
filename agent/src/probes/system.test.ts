import { AppError } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import { system } from "./system.ts";
import { factsAt, runToPayload, samplesAt } from "./test-support/payload-view.ts";
import { denied, ioError, type TreeEntry, TreeHost } from "./test-support/tree-host.ts";

const machineId = "0123456789abcdef0123456789abcdef";
const bootId = "11111111-2222-4333-8444-555555555555";

/** A small machine that has everything that every machine has. */
const plainMachine: Readonly<Record<string, TreeEntry>> = {
  "/etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nVERSION_ID="13"\nID=debian\n',
  "/etc/machine-id": `${machineId}\n`,
  "/proc/sys/kernel/osrelease": "6.12.47-amd64\n",
  "/proc/sys/kernel/arch": "x86_64\n",
  "/proc/sys/kernel/hostname": "neko\n",
  "/proc/sys/kernel/random/boot_id": `${bootId}\n`,
  "/proc/uptime": "1234.56 4000.00\n",
  "/proc/stat":
    "cpu  301854 612 111922 8979004 3552 2 3944 7 44 36\ncpu0 1 2 3 4\nctxt 38014093\nbtime 1418183276\nprocs_running 2\nprocs_blocked 1\n",
  "/proc/loadavg": "0.21 0.37 0.39 1/719 19737\n",
  "/proc/cpuinfo": [0, 1, 2, 3]
    .map(
      (n) => `processor\t: ${n}\nmodel name\t: AMD Ryzen 7 5825U\nphysical id\t: 0\ncore id\t\t: ${n >> 1}\nflags\t\t: fpu lm\n`,
    )
    .join("\n"),
  "/proc/meminfo":
    "MemTotal:       32000000 kB\nMemFree:         1000000 kB\nMemAvailable:   20000000 kB\nBuffers:            1000 kB\nCached:          5000000 kB\nSwapTotal:             0 kB\nSwapFree:              0 kB\nDirty:               100 kB\n",
  "/proc/vmstat": "nr_free_pages 1\noom_kill 3\n",
  "/proc/pressure/cpu": "some avg10=1.50 avg60=2.00 avg300=0.10 total=14036781\n",
  "/proc/pressure/memory": "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n",
  "/proc/pressure/io":
    "some avg10=0.18 avg60=0.34 avg300=0.10 total=159886802\nfull avg10=0.18 avg60=0.34 avg300=0.10 total=159229614\n",
  "/sys/devices/system/cpu/online": "0-3\n",
  "/run/utmp": "",
};

function machine(changes: Readonly<Record<string, TreeEntry | undefined>> = {}): TreeHost {
  const host = new TreeHost(plainMachine);
  for (const [path, entry] of Object.entries(changes)) {
    if (entry === undefined) host.remove(path);
    else host.entries.set(path, entry);
  }
  return host;
}

describe("system, while its inventory is young", () => {
  const nowMs = new TreeHost().clock.wallMs;
  const never = new AbortController().signal;

  it("reads only what may have changed, and carries the rest", async () => {
    const host = machine({
      "/run/reboot-required": "",
      "/run/reboot-required.pkgs": "linux-base\n",
      "/sys/class/dmi/id/sys_vendor": "QEMU\n",
    });
    const asked: string[] = [];
    const readText = host.readText.bind(host);
    host.readText = (path) => {
      asked.push(path);
      return readText(path);
    };

    const payload = system.parse(await system.read(host, never, () => nowMs - 3_599_000));

    expect(asked.filter((path) => /cpuinfo|cpufreq|dmi|wtmp|os-release|machine-id/.test(path))).toEqual([]);
    if (payload === undefined) throw new Error("absent");
    expect(payload.carried?.map(({ kind }) => kind).sort()).toEqual(["board", "boot_history", "cpu", "operating_system"]);
    expect(factsAt(payload, "operating_system")).toEqual({
      hostname: "neko",
      isRebootRequired: true,
      rebootRequiredPackages: ["linux-base"],
    });
    expect(factsAt(payload, "cpu")).toEqual({ logicalCount: 4 });
    expect(samplesAt(payload, "cpu")).toMatchObject({ load_average_1m: 0.21, context_switches_total: 38014093 });
    expect(samplesAt(payload, "operating_system")).toMatchObject({ uptime_seconds: 1234.56 });
    expect(factsAt(payload, "memory")).toMatchObject({ totalBytes: "32768000000" });
  });

  it.each([
    ["an hour old", nowMs - 3_600_000],
    ["from the future, since the clock was set back", nowMs + 1],
    ["not there", undefined],
  ])("reads everything when the last reading is %s", async (_, readAtMs) => {
    const payload = system.parse(await system.read(machine(), never, () => readAtMs));

    expect(payload?.carried).toEqual([]);
  });
});

describe("system", () => {
  it("tells the operating system", async () => {
    const payload = await runToPayload(system, machine());

    expect(factsAt(payload, "operating_system")).toEqual({
      id: "debian",
      versionId: "13",
      prettyName: "Debian GNU/Linux 13 (trixie)",
      kernelRelease: "6.12.47-amd64",
      architecture: "x86_64",
      hostname: "neko",
      machineId,
      bootId,
    });
    expect(samplesAt(payload, "operating_system")).toEqual({
      uptime_seconds: 1234.56,
      processes_running: 2,
      processes_blocked: 1,
    });
  });

  it("tells processors, load and time", async () => {
    const payload = await runToPayload(
      system,
      machine({
        "/sys/devices/system/cpu/cpufreq/policy0/cpuinfo_max_freq": "4545898\n",
        "/sys/devices/system/cpu/cpufreq/policy2/cpuinfo_max_freq": "3200000\n",
        "/sys/devices/system/cpu/cpufreq/boost": "1\n",
      }),
    );

    expect(factsAt(payload, "cpu")).toEqual({
      modelName: "AMD Ryzen 7 5825U",
      logicalCount: 4,
      coreCount: 2,
      maximumFrequencyHertz: "4545898000",
    });
    expect(samplesAt(payload, "cpu")).toEqual({
      load_average_1m: 0.21,
      load_average_5m: 0.37,
      load_average_15m: 0.39,
      user_seconds_total: 3018.54,
      nice_seconds_total: 6.12,
      system_seconds_total: 1119.22,
      idle_seconds_total: 89790.04,
      iowait_seconds_total: 35.52,
      irq_seconds_total: 0.02,
      softirq_seconds_total: 39.44,
      steal_seconds_total: 0.07,
      context_switches_total: 38014093,
    });
  });

  it("tells memory, and that there is no swap", async () => {
    const payload = await runToPayload(system, machine());

    expect(factsAt(payload, "memory")).toEqual({ totalBytes: "32768000000", swapTotalBytes: "0" });
    expect(samplesAt(payload, "memory")).toEqual({
      available_bytes: 20480000000,
      free_bytes: 1024000000,
      buffers_bytes: 1024000,
      cached_bytes: 5120000000,
      dirty_bytes: 102400,
      swap_free_bytes: 0,
      out_of_memory_kills_total: 3,
    });
  });

  it("leaves unknown what an old kernel does not say", async () => {
    const payload = await runToPayload(system, machine({ "/proc/meminfo": "MemTotal: 1 kB\n", "/proc/vmstat": undefined }));

    expect(factsAt(payload, "memory")).toEqual({ totalBytes: "1024" });
    expect(Object.values(samplesAt(payload, "memory"))).toEqual(Array.from({ length: 7 }, () => undefined));
  });

  it("tells pressure, with full where the kernel has it", async () => {
    const payload = await runToPayload(system, machine());

    expect(samplesAt(payload, "pressure", "cpu")).toEqual({
      some_avg10_percent: 1.5,
      some_avg60_percent: 2,
      some_avg300_percent: 0.1,
      some_seconds_total: 14.036781,
    });
    expect(samplesAt(payload, "pressure", "io")).toMatchObject({
      some_seconds_total: 159.886802,
      full_seconds_total: 159.229614,
    });
  });

  it("says that pressure is absent where the kernel has none, or has it switched off", async () => {
    const payload = await runToPayload(
      system,
      machine({ "/proc/pressure/cpu": undefined, "/proc/pressure/io": ioError("/proc/pressure/io", "EOPNOTSUPP") }),
    );

    expect(factsAt(payload, "pressure", "cpu")).toBe("absent");
    expect(factsAt(payload, "pressure", "io")).toBe("absent");
    expect(factsAt(payload, "pressure", "memory")).toEqual({});
  });

  it.each([
    ["/proc/meminfo", "memory", ""],
    ["/proc/pressure/io", "pressure", "io"],
    ["/proc/loadavg", "cpu", ""],
    ["/etc/machine-id", "operating_system", ""],
  ])("fails one part with path and reason when %s may not be read, and tells the others", async (path, kind, id) => {
    const payload = await runToPayload(system, machine({ [path]: denied(path) }));

    expect(factsAt(payload, kind, id)).toBe(`HOST_PERMISSION_DENIED: cannot read ${path}: permission denied (EACCES)`);
    expect(samplesAt(payload, kind, id)).toEqual({});
    expect(payload.subjects.filter((subject) => subject.failure !== undefined)).toHaveLength(1);
  });

  it.each([
    ["/proc/meminfo", "", "memory", "/proc/meminfo: it has no MemTotal"],
    ["/proc/meminfo", "MemTotal: many kB\n", "memory", '/proc/meminfo: MemTotal is not a number: "many"'],
    ["/proc/meminfo", "MemTotal: 12 kB\nDirty: 5\n", "memory", '/proc/meminfo: Dirty is not in kB: "5"'],
    ["/proc/loadavg", "0.2", "cpu", '/proc/loadavg: the second word is not a number: ""'],
    ["/proc/stat", "cpu  1 2 3\n", "operating_system", '/proc/stat: procs_running is not a number: ""'],
    ["/proc/stat", "cpu  1 2 3\nprocs_running 1\nprocs_blocked 1\n", "cpu", '/proc/stat: the idle time is not a number: ""'],
    ["/proc/uptime", "\0\0", "operating_system", '/proc/uptime: the first word is not a number: "\\u0000\\u0000"'],
    ["/proc/cpuinfo", "", "cpu", "/proc/cpuinfo: it names no processor"],
    ["/sys/devices/system/cpu/online", "3-0\n", "cpu", '/sys/devices/system/cpu/online: it is not a list of processors: "3-0"'],
    ["/etc/os-release", "<html>\n", "operating_system", '/etc/os-release: no line of it is an assignment: "<html>\\n"'],
    ["/etc/machine-id", "xyz\n", "operating_system", '/etc/machine-id: it is not an id of 128 bits: "xyz"'],
  ])("fails the part whose file %s holds %j", async (path, text, kind, message) => {
    const host = machine({ [path]: text });
    if (path === "/proc/cpuinfo") host.remove("/sys/devices/system/cpu/online");

    expect(factsAt(await runToPayload(system, host), kind)).toBe(`HOST_ANSWER_MALFORMED: ${message}`);
  });

  it.each([
    ["/proc/pressure/memory", "some avg10=0.00", 'a line is not in the form that is known: "some avg10=0.00"'],
    ["/proc/pressure/memory", "", "it is empty"],
  ])("fails the pressure whose file %s holds %j", async (path, text, message) => {
    const payload = await runToPayload(system, machine({ [path]: text }));

    expect(factsAt(payload, "pressure", "memory")).toBe(`HOST_ANSWER_MALFORMED: ${path}: ${message}`);
  });

  it.each(["/proc/meminfo", "/proc/stat", "/proc/uptime", "/proc/sys/kernel/osrelease", "/proc/loadavg"])(
    "fails, and is not absent, when %s is missing",
    async (path) => {
      const payload = await runToPayload(system, machine({ [path]: undefined }));

      const messages = payload.subjects.flatMap((subject) => subject.failure?.message ?? []);
      expect(messages).toContain(`${path} is missing`);
    },
  );

  it("reads the system's file where the administrator has none, and knows nothing where there is neither", async () => {
    const host = machine({ "/etc/os-release": undefined, "/etc/machine-id": undefined });
    expect(factsAt(await runToPayload(system, host), "operating_system")).toMatchObject({ kernelRelease: "6.12.47-amd64" });

    host.entries.set("/usr/lib/os-release", "ID='alpine'\n");

    expect(factsAt(await runToPayload(system, host), "operating_system")).toMatchObject({ id: "alpine" });
  });

  it("takes the host's name from its file in a container, where the kernel would say the pod's", async () => {
    const host = Object.assign(machine({ "/etc/hostname": "neko2\n", "/proc/sys/kernel/hostname": "nodekeeper-x7k2p\n" }), {
      root: "/host",
    });

    expect(factsAt(await runToPayload(system, host), "operating_system")).toMatchObject({ hostname: "neko2" });
  });

  it.each([
    { system: "an old kernel on a PC", cpuinfo: "processor : 0\nflags : fpu lm\n", architecture: "x86_64" },
    { system: "an old kernel on 64 bits of ARM", cpuinfo: "processor : 0\nCPU architecture: 8\n", architecture: "aarch64" },
    { system: "an old kernel on 32 bits of ARM", cpuinfo: "processor : 0\nCPU architecture: 7\n", architecture: "armv7l" },
  ])("finds the architecture of $system by its processors", async ({ cpuinfo, architecture }) => {
    const host = machine({ "/proc/sys/kernel/arch": undefined, "/proc/cpuinfo": cpuinfo });

    expect(factsAt(await runToPayload(system, host), "operating_system")).toMatchObject({ architecture });
  });

  describe("reboot", () => {
    it("is required, by which packages, each once and in order", async () => {
      const packages = "linux-image-6.8.0-50-generic\nlibc6\nlinux-image-6.8.0-50-generic\n\n";
      const host = machine({
        "/run/reboot-required": "*** System restart required ***\n",
        "/run/reboot-required.pkgs": packages,
      });

      expect(factsAt(await runToPayload(system, host), "operating_system")).toMatchObject({
        isRebootRequired: true,
        rebootRequiredPackages: ["libc6", "linux-image-6.8.0-50-generic"],
      });
    });

    it("is not required where somebody would say so", async () => {
      const host = machine({ "/etc/kernel/postinst.d/unattended-upgrades": "" });

      expect(factsAt(await runToPayload(system, host), "operating_system")).toMatchObject({ isRebootRequired: false });
    });

    it("is unknown where nobody says so", async () => {
      const host = machine({ "/etc/kernel/postinst.d/initramfs-tools": "" });

      expect(factsAt(await runToPayload(system, host), "operating_system")).not.toHaveProperty("isRebootRequired");
    });
  });

  describe("virtualization", () => {
    const flags = "processor : 0\nflags : fpu hypervisor lm\n";
    const clocks = "/sys/devices/system/clocksource/clocksource0/available_clocksource";

    it.each([
      { kind: "kvm", files: { "/sys/class/dmi/id/sys_vendor": "QEMU\n", [clocks]: "kvm-clock tsc\n" } },
      { kind: "qemu", files: { "/sys/class/dmi/id/sys_vendor": "QEMU\n" } },
      { kind: "vmware", files: { "/sys/class/dmi/id/sys_vendor": "VMware, Inc.\n" } },
      { kind: "microsoft", files: { "/sys/class/dmi/id/product_name": "Virtual Machine\n" } },
      { kind: "kvm", files: { "/proc/cpuinfo": flags, [clocks]: "tsc kvm-clock\n" } },
      { kind: "vm-other", files: { "/proc/cpuinfo": flags, [clocks]: "tsc\n" } },
      { kind: "xen", files: { "/sys/hypervisor/type": "xen\n" } },
      { kind: "lxc", files: { "/run/systemd/container": "lxc\n", "/sys/class/dmi/id/sys_vendor": "QEMU\n" } },
      { kind: "docker", files: { "/.dockerenv": "" } },
      { kind: "podman", files: { "/run/.containerenv": "" } },
      { kind: "wsl", files: { "/proc/sys/kernel/osrelease": "5.15.90.1-microsoft-standard-WSL2\n" } },
    ])("is $kind by $files", async ({ kind, files }) => {
      expect(factsAt(await runToPayload(system, machine(files)), "operating_system")).toMatchObject({ virtualization: kind });
    });

    it("is empty on bare metal", async () => {
      const host = machine({ "/sys/class/dmi/id/sys_vendor": "AZW\n", [clocks]: "tsc hpet acpi_pm\n" });

      expect(factsAt(await runToPayload(system, host), "operating_system")).not.toHaveProperty("virtualization");
    });
  });

  describe("board", () => {
    it("is absent where neither firmware nor device tree names it", async () => {
      expect(factsAt(await runToPayload(system, machine()), "board")).toBe("absent");
    });

    it("leaves out what the vendor forgot to fill in", async () => {
      const dmi = {
        sys_vendor: "Default string",
        product_name: "To Be Filled By O.E.M.",
        board_vendor: "AZW",
        board_name: "SER",
        bios_version: "P3.60",
        bios_date: "03/21/2023",
      };
      const host = machine();
      host.add("/sys/class/dmi/id", Object.fromEntries(Object.entries(dmi).map(([name, text]) => [name, `${text}\n`])));

      expect(factsAt(await runToPayload(system, host), "board")).toEqual({
        vendor: "AZW",
        boardName: "SER",
        firmwareVersion: "P3.60",
        firmwareDate: "03/21/2023",
      });
    });

    it("is a Raspberry Pi by its device tree", async () => {
      const host = machine();
      host.add("/sys/firmware/devicetree/base", {
        model: "Raspberry Pi 5 Model B Rev 1.0\0",
        compatible: "raspberrypi,5-model-b\0brcm,bcm2712\0",
        "chosen/bootloader/version": "30cea2ba\0",
      });

      expect(factsAt(await runToPayload(system, host), "board")).toEqual({
        vendor: "Raspberry Pi Ltd",
        productName: "Raspberry Pi 5 Model B Rev 1.0",
        firmwareVersion: "30cea2ba",
      });
    });

    it("fails where the firmware's words may not be read", async () => {
      const path = "/sys/class/dmi/id/product_name";

      expect(factsAt(await runToPayload(system, machine({ [path]: denied(path) })), "board")).toBe(
        `HOST_PERMISSION_DENIED: cannot read ${path}: permission denied (EACCES)`,
      );
    });

    it("fails where the firmware's folder may not be listed", async () => {
      const folder = "/sys/class/dmi/id";

      expect(factsAt(await runToPayload(system, machine({ [folder]: denied(folder) })), "board")).toMatch(/^HOST_/);
    });
  });

  describe("battery", () => {
    const folder = "/sys/class/power_supply";
    const thinkpad = [
      "POWER_SUPPLY_NAME=BAT0",
      "POWER_SUPPLY_STATUS=Discharging",
      "POWER_SUPPLY_PRESENT=1",
      "POWER_SUPPLY_CYCLE_COUNT=212",
      "POWER_SUPPLY_ENERGY_FULL_DESIGN=47520000",
      "POWER_SUPPLY_ENERGY_FULL=45070000",
      "POWER_SUPPLY_ENERGY_NOW=36580000",
      "POWER_SUPPLY_CAPACITY=81",
    ];

    function withBattery(lines: readonly string[] = thinkpad): TreeHost {
      const host = machine();
      host.add(`${folder}/BAT0`, { type: "Battery\n", uevent: `${lines.join("\n")}\n` });
      host.add(`${folder}/ADP1`, { type: "Mains\n", uevent: "POWER_SUPPLY_NAME=ADP1\nPOWER_SUPPLY_ONLINE=1\n" });
      return host;
    }

    it("is absent where there is none, also with a mouse that has one", async () => {
      const host = machine();
      host.add(`${folder}/hidpp_battery_0`, {
        type: "Battery\n",
        uevent: "POWER_SUPPLY_SCOPE=Device\nPOWER_SUPPLY_CAPACITY=50\n",
      });

      expect(factsAt(await runToPayload(system, host), "battery")).toBe("absent");
    });

    it("tells charge, mains and capacities in the battery's own unit", async () => {
      const payload = await runToPayload(system, withBattery());

      expect(factsAt(payload, "battery")).toEqual({
        isCharging: false,
        isOnMains: true,
        designedCapacity: 47520,
        maximumCapacity: 45070,
        capacityUnit: "mWh",
        cycleCount: 212,
      });
      expect(samplesAt(payload, "battery")).toEqual({ charge_percent: 81 });
    });

    it("takes charge, charging and cycles from the library where it answers", async () => {
      const host = Object.assign(withBattery(), {
        battery: async () => ({ chargePercent: 80.5, isCharging: true, cycleCount: 213 }),
      });

      const payload = await runToPayload(system, host);

      expect(factsAt(payload, "battery")).toMatchObject({ isCharging: true, cycleCount: 213, maximumCapacity: 45070 });
      expect(samplesAt(payload, "battery")).toEqual({ charge_percent: 80.5 });
    });

    it("adds two batteries by what they hold", async () => {
      const host = withBattery();
      const second = ["POWER_SUPPLY_STATUS=Charging", "POWER_SUPPLY_ENERGY_FULL=4930000", "POWER_SUPPLY_ENERGY_NOW=3420000"];
      host.add(`${folder}/BAT1`, { type: "Battery\n", uevent: second.join("\n") });

      const payload = await runToPayload(system, host);

      expect(factsAt(payload, "battery")).toMatchObject({ isCharging: true, maximumCapacity: 50000 });
      expect(samplesAt(payload, "battery")).toEqual({ charge_percent: 80 });
    });

    it("leaves unknown what a battery does not say", async () => {
      const payload = await runToPayload(system, withBattery(["POWER_SUPPLY_STATUS=Unknown", "POWER_SUPPLY_CYCLE_COUNT=0"]));

      expect(factsAt(payload, "battery")).toEqual({ isOnMains: true });
      expect(samplesAt(payload, "battery")).toEqual({ charge_percent: undefined });
    });

    it("fails where a battery says nonsense or nothing", async () => {
      const nonsense = withBattery([...thinkpad.slice(0, -1), "POWER_SUPPLY_CAPACITY=full"]);
      const silent = withBattery();
      silent.entries.set(`${folder}/BAT0/uevent`, ioError(`${folder}/BAT0/uevent`));

      expect(factsAt(await runToPayload(system, nonsense), "battery")).toBe(
        'HOST_ANSWER_MALFORMED: /sys/class/power_supply: BAT0: CAPACITY is not a number: "full"',
      );
      expect(factsAt(await runToPayload(system, silent), "battery")).toMatch(/^HOST_READ_FAILED: cannot read .*BAT0\/uevent/);
    });
  });

  it("fails every part, and does not throw, on a host that answers nothing", async () => {
    const host = Object.assign(machine(), {
      readText: async (path: string) => {
        throw new AppError("HOST_QUARANTINED", `did not read ${path}`);
      },
    });

    const payload = await runToPayload(system, host);

    const wellRead = payload.subjects.filter((subject) => subject.failure === undefined).map((subject) => subject.kind);
    expect(wellRead).toEqual(["board", "battery"]); // listed, and not there
  });
});
