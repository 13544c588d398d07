"""The machine itself: system, board, processor, memory, pressure, boots, clock."""
import re
import struct

from tree import big

arm_cores = {"0xd0b": "Cortex-A76", "0xd08": "Cortex-A72"}


def extract(tree, report):
    system(tree, report)
    board(tree, report)
    processor(tree, report)
    memory(tree, report)
    for name in ("cpu", "memory", "io"):
        pressure(tree, report, name)
    boots(tree, report)
    report.absent("battery")
    report.ok("time_sync", "", {
        "isSynchronized": tree.there("/run/systemd/timesync/synchronized"),
        "service": "systemd-timesyncd",
        "clockSource": tree.line("/sys/devices/system/clocksource/clocksource0/current_clocksource"),
    })


def system(tree, report):
    release = dict(line.split("=", 1) for line in tree.text("/etc/os-release").splitlines() if "=" in line)
    release = {key: value.strip('"') for key, value in release.items()}
    packages = sorted(set((tree.text("/run/reboot-required.pkgs") or "").split()))
    # Only systems with the hook that writes the file say that no reboot is needed.
    says = tree.there("/etc/kernel/postinst.d/unattended-upgrades") or tree.there("/usr/share/update-notifier/notify-reboot-required")
    required = tree.there("/run/reboot-required")
    stat = dict(line.split(" ", 1) for line in tree.text("/proc/stat").splitlines())
    report.ok("operating_system", "", {
        "id": release["ID"], "versionId": release.get("VERSION_ID"), "prettyName": release["PRETTY_NAME"],
        "kernelRelease": tree.line("/proc/sys/kernel/osrelease"), "architecture": tree.line("/proc/sys/kernel/arch"),
        "hostname": tree.line("/proc/sys/kernel/hostname"), "machineId": tree.line("/etc/machine-id"),
        "bootId": tree.line("/proc/sys/kernel/random/boot_id"),
        "isRebootRequired": True if required else False if says else None,
        "rebootRequiredPackages": packages,
    }, {
        "uptime_seconds": float(tree.text("/proc/uptime").split()[0]),
        "processes_running": int(stat["procs_running"]), "processes_blocked": int(stat["procs_blocked"]),
    })


def board(tree, report):
    dmi = lambda name: tree.line(f"/sys/class/dmi/id/{name}")
    model = tree.line("/sys/firmware/devicetree/base/model")
    if model is not None:
        report.ok("board", "", {
            "vendor": "Raspberry Pi Ltd", "productName": model,
            "firmwareVersion": tree.line("/sys/firmware/devicetree/base/chosen/bootloader/version"),
        })
        return
    product = dmi("product_name")
    report.ok("board", "", {
        "vendor": dmi("sys_vendor"), "productName": None if product == "System Product Name" else product,
        "boardName": dmi("board_name"), "firmwareVersion": dmi("bios_version"), "firmwareDate": dmi("bios_date"),
    })


def processor(tree, report):
    blocks = [dict(re.findall(r"^([^\t:]+?)\s*:\s?(.*)$", block, re.M)) for block in tree.text("/proc/cpuinfo").split("\n\n")]
    blocks = [block for block in blocks if "processor" in block]
    part = blocks[0].get("CPU part")
    cores = {(block.get("physical id"), block.get("core id", block["processor"])) for block in blocks}
    ticks = [int(word) / 100 for word in re.search(r"^cpu +(.*)$", tree.text("/proc/stat"), re.M)[1].split()]
    names = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
    loads = [float(word) for word in tree.text("/proc/loadavg").split()[:3]]
    samples = {f"{name}_seconds_total": ticks[index] for index, name in enumerate(names)}
    samples |= {f"load_average_{name}": load for name, load in zip(("1m", "5m", "15m"), loads)}
    samples["context_switches_total"] = int(re.search(r"^ctxt (\d+)$", tree.text("/proc/stat"), re.M)[1])
    report.ok("cpu", "", {
        "modelName": arm_cores[part] if part else blocks[0]["model name"],
        "logicalCount": len(blocks), "coreCount": len(cores),
        "maximumFrequencyHertz": big(tree.number("/sys/devices/system/cpu/cpufreq/policy0/cpuinfo_max_freq") * 1000),
    }, samples)


def memory(tree, report):
    kilobytes = {name: int(number) * 1024 for name, number in re.findall(r"^(\w+): +(\d+) kB$", tree.text("/proc/meminfo"), re.M)}
    report.ok("memory", "", {"totalBytes": big(kilobytes["MemTotal"]), "swapTotalBytes": big(kilobytes["SwapTotal"])}, {
        "available_bytes": kilobytes["MemAvailable"], "free_bytes": kilobytes["MemFree"], "buffers_bytes": kilobytes["Buffers"],
        "cached_bytes": kilobytes["Cached"], "dirty_bytes": kilobytes["Dirty"], "swap_free_bytes": kilobytes["SwapFree"],
        "out_of_memory_kills_total": int(re.search(r"^oom_kill (\d+)$", tree.text("/proc/vmstat"), re.M)[1]),
    })


def pressure(tree, report, name):
    samples = {}
    for who, *words in (line.split() for line in tree.text(f"/proc/pressure/{name}").splitlines()):
        said = dict(word.split("=") for word in words)
        samples |= {f"{who}_{span}_percent": float(said[span]) for span in ("avg10", "avg60", "avg300")}
        samples[f"{who}_seconds_total"] = int(said["total"]) / 1e6
    report.ok("pressure", name, {}, samples)


def boots(tree, report):
    """wtmp of glibc (utmp(5)): type 2 with user "reboot" begins a boot, type 1 with user "shutdown" ends one. On aarch64 times are 64 bits."""
    if not tree.there("/var/log/wtmp"):
        report.absent("boot_history")
        return
    size, moment_at, form = (400, 344, "<qq") if tree.line("/proc/sys/kernel/arch") == "aarch64" else (384, 340, "<ii")
    data, found = tree.bytes("/var/log/wtmp"), []
    for at in range(0, len(data), size):
        record = data[at:at + size]
        kind, user, host = struct.unpack_from("<h", record)[0], record[44:76].strip(b"\0"), record[76:332].strip(b"\0")
        seconds, micros = struct.unpack_from(form, record, moment_at)
        moment = big(seconds * 1000 + micros // 1000)
        if kind == 2 and user == b"reboot":
            found.append({"startedAtUnixMs": moment, "kernelRelease": host.decode()})
        if kind == 1 and user == b"shutdown" and found:
            found[-1] |= {"endedAtUnixMs": moment, "wasShutDown": True}
    for boot in found[:-1]:
        boot.setdefault("wasShutDown", False)
    report.ok("boot_history", "", {"boots": found[::-1]})
