"""A Raspberry Pi's board, and what a node of K3s is made of."""
import re
import struct

from owners import pids_of_unit
from tree import big

# Raspberry Pi documentation, "Raspberry Pi revision codes": bits 20 to 22 are the memory in powers of two from 256 MiB.
throttling = ("UnderVoltage", "FrequencyCapped", "Throttled", "AtSoftTemperatureLimit")


def extract(tree, report):
    raspberry_pi(tree, report)
    k3s(tree, report)
    longhorn(tree, report)


def raspberry_pi(tree, report):
    if tree.line("/sys/firmware/devicetree/base/model") is None:
        return
    revision = re.search(r"^Revision\s*: (\w+)$", tree.text("/proc/cpuinfo"), re.M)[1]
    firmware = tree.command("pi-firmware")[1]
    bits = int(re.search(r"throttled=0x(\w+)", firmware)[1], 16)
    value = {}
    for index, name in enumerate(throttling):
        value["is" + name], value["hasBeen" + name] = bool(bits >> index & 1), bool(bits >> 16 + index & 1)
    value["hasBeenUnderVoltage"] |= "Undervoltage detected!" in tree.text("/dev/kmsg")
    fan = next((f"/sys/class/hwmon/{chip}" for chip in tree.names("/sys/class/hwmon") if tree.line(f"/sys/class/hwmon/{chip}/name") == "pwmfan"), None)
    cooling = next((f"/sys/class/thermal/{name}" for name in tree.names("/sys/class/thermal") if tree.line(f"/sys/class/thermal/{name}/type") == "pwm-fan"), None)
    config = [line.split("#")[0].strip() for line in (tree.text("/boot/firmware/config.txt") or "").splitlines()]
    generation = next((int(line[-1]) for line in config if line.startswith("dtparam=pciex1_gen=")), None)
    links = []
    for address in tree.names("/sys/bus/pci/devices"):
        here = tree.real(f"/sys/bus/pci/devices/{address}")
        if tree.line(here + "/class")[:6] == "0x0108":
            links.append({"address": address, "device": tree.names(here + "/nvme")[0], "hasDriver": tree.there(here + "/driver"),
                          "gigatransfersPerSecond": int(float(tree.line(here + "/current_link_speed").split()[0])),
                          "laneCount": tree.number(here + "/current_link_width")})
    # getauxval(3): pairs of words; 6 is the size of a page.
    words = iter(struct.iter_unpack("<Q", tree.bytes("/proc/1/auxv")))
    pages = {key: size for (key,), (size,) in zip(words, words)}
    report.ok("raspberry_pi", "", {
        "model": tree.line("/sys/firmware/devicetree/base/model"), "revision": revision,
        "boardMemoryBytes": big((256 << (int(revision, 16) >> 20 & 7)) << 20), **value, "powerSource": "firmware",
        "coolingLevelCount": tree.number(cooling + "/max_state") if cooling else None, "hasFan": fan is not None,
        "configuredPcieGenerationNumber": generation, "isExternalPcieEnabled": True if "dtparam=pciex1" in config else None,
        "externalLinks": links, "bootloaderVersion": tree.line("/sys/firmware/devicetree/base/chosen/bootloader/version"),
        "isMemoryCgroupEnabled": "memory" in tree.line("/sys/fs/cgroup/cgroup.controllers").split(), "pageSizeBytes": pages[6],
    }, {"fan_rpm": tree.number(fan + "/fan1_input"), "fan_level_number": tree.number(cooling + "/cur_state"),
        "pmic_input_volts": float(re.search(r"EXT5V_V .*=([\d.]+)V", firmware)[1])})


def k3s(tree, report):
    unit = next((name for name in ("k3s.service", "k3s-agent.service") if tree.there(f"/etc/systemd/system/{name}")), None)
    if unit is None:
        return
    config = tree.text("/etc/rancher/k3s/config.yaml") or ""
    flags = tree.text(f"/etc/systemd/system/{unit}")
    key = lambda name: next(iter(re.findall(rf"^{name}: (\S+)$", config, re.M) + re.findall(rf"--{name}=([^'\s]+)", flags)), None)
    main = pids_of_unit(tree, unit)[0]
    booted = int(re.search(r"^btime (\d+)$", tree.text("/proc/stat"), re.M)[1]) * 1000
    started = int(tree.text(f"/proc/{main}/stat").rsplit(")", 1)[1].split()[19]) * 10
    report.ok("k3s", "", {
        "version": re.match(r"k3s version (\S+)", tree.command("k3s")[1])[1], "role": "agent" if "agent" in unit else "server", "unit": unit,
        "isRunning": True, "startedAtUnixMs": big(booted + started), "nodeName": key("node-name") or tree.line("/proc/sys/kernel/hostname"),
        "serverAddress": key("server") or server_in(tree, unit), "isEmbeddedEtcd": tree.there("/var/lib/rancher/k3s/server/db/etcd") if "agent" not in unit else None,
        "nodeAddresses": [key("node-ip")] if key("node-ip") else [], "dataFolder": "/var/lib/rancher/k3s",
        "isEnabled": unit in tree.names("/etc/systemd/system/multi-user.target.wants"),
    })
    containerd = tree.text("/var/lib/rancher/k3s/agent/etc/containerd/config.toml")
    report.ok("container_runtime", "", {
        "name": "containerd", "version": tree.command("containerd")[1].split()[2], "isRunning": True, "isOfK3s": True,
        "socket": re.search(r'address = "(\S+)"', containerd)[1],
        "gpuRuntimes": [name for name in re.findall(r"runtimes\.(\w+)\]", containerd) if name.startswith("nvidia")],
    })


def server_in(tree, unit):
    """Address of the server in the unit's environment, which also holds the token."""
    found = re.search(r"^K3S_URL='?(https://[^'\s]+?)'?$", tree.text(f"/etc/systemd/system/{unit}.env") or "", re.M)
    return found and found[1]


def longhorn(tree, report):
    """The levels are those of longhornctl's own checks; what a node lacks is an error where volumes do not work without it."""
    if not any(tree.there(path) for path in ("/var/lib/longhorn", "/usr/local/bin/k3s")):
        return
    runs = lambda name: any(pids_of_unit(tree, f"{name}.{kind}") for kind in ("service", "socket"))
    loaded = {line.split()[0] for line in tree.text("/proc/modules").splitlines()}
    level = {"iscsid": "INFO" if runs("iscsid") else "ERROR", "multipathd": "WARN" if runs("multipathd") else "INFO", "kernel": "INFO",
             "module-iscsi_tcp": "INFO", "module-dm_crypt": "INFO" if "dm_crypt" in loaded else "WARN",
             "module-nfs": "INFO" if "nfs" in loaded else "WARN", "nfs-kernel": "INFO" if "nfsv4" in loaded else "WARN"}
    for check, program in (("open-iscsi", "iscsiadm"), ("nfs-client", "mount.nfs"), ("cryptsetup", "cryptsetup"), ("dmsetup", "dmsetup")):
        level[check] = "INFO" if tree.there(f"/usr/sbin/{program}") else "ERROR"
    mounted = [line.split()[4] for line in tree.text("/proc/1/mountinfo").splitlines()]
    meant = {words[1]: words[0] for words in (line.split() for line in (tree.text("/etc/fstab") or "").splitlines()) if len(words) == 6}
    folders = [path for path in ["/var/lib/longhorn", *meant] if tree.there(path + "/longhorn-disk.cfg")]
    for check, word in level.items():
        report.ok("longhorn_check", check, {"level": f"LONGHORN_CHECK_LEVEL_{word}"})
    report.ok("longhorn_check", "disk-folders", {"level": "LONGHORN_CHECK_LEVEL_INFO", "folders": folders, "isLonghornHere": tree.there("/var/lib/longhorn")})
    for path in folders:
        if path in meant and path not in mounted:
            report.ok("longhorn_path", path, {"problem": "on-root-filesystem", "expectedSource": meant[path]})
