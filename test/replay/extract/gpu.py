"""GPUs: the bus, NVIDIA's /proc, and what the driver was recorded to say."""
import json
import os
import re

from owners import owner
from tree import big

vendors = {"0x10de": "nvidia", "0x1002": "amd", "0x8086": "intel"}
# nvml.h, nvmlClocksEventReasons
reasons = {0x1: "idle", 0x2: "application_clocks", 0x4: "power_cap", 0x8: "hardware_slowdown", 0x10: "sync_boost",
           0x20: "software_thermal", 0x40: "hardware_thermal", 0x80: "power_brake", 0x100: "display_clocks"}


def extract(tree, report):
    for address in tree.names("/sys/bus/pci/devices"):
        here = tree.real(f"/sys/bus/pci/devices/{address}")
        if tree.line(here + "/class")[:6] in ("0x0300", "0x0302", "0x0380"):
            device(tree, report, address, here)


def device(tree, report, address, here):
    asleep = tree.line(here + "/power/runtime_status") == "suspended"
    driver = os.path.basename(tree.real(here + "/driver"))
    slot = os.path.dirname(here)
    speed = lambda path: (lambda number: int(number) if number == int(number) else number)(float(tree.line(path).split()[0]))
    link = {"address": address, "isSuspended": asleep}
    if not asleep:
        link |= {"gigatransfersPerSecond": speed(here + "/current_link_speed"), "laneCount": tree.number(here + "/current_link_width"),
                 "maximumGigatransfersPerSecond": min(speed(here + "/max_link_speed"), speed(slot + "/max_link_speed")),
                 "maximumLaneCount": min(tree.number(here + "/max_link_width"), tree.number(slot + "/max_link_width"))}
    pair = lambda left, right: f"{tree.line(here + left)[2:]}:{tree.line(here + right)[2:]}"
    said = lambda file: dict(re.findall(r"^ *([^:\n]+):\s*(.*?)\s*$", tree.text(f"/proc/driver/nvidia/gpus/{address}/{file}") or "", re.M))
    power, information = said("power"), said("information")
    d3 = power.get("Runtime D3 status")
    holders = holders_of(tree, here, information.get("Device Minor"))
    report.ok("gpu", address, {
        "vendor": vendors[tree.line(here + "/vendor")], "productName": information.get("Model"), "pciId": pair("/vendor", "/device"),
        "subsystemPciId": pair("/subsystem_vendor", "/subsystem_device"), "driver": driver,
        "driverVersion": tree.line("/sys/module/nvidia/version") if driver == "nvidia" else None,
        "isIntegrated": driver == "amdgpu" and int(tree.line(here + "/device"), 16) < 0x2000, "power": "GPU_POWER_ASLEEP" if asleep else "GPU_POWER_AWAKE", "pcieLink": link,
        "sleep": {key: each for key, each in {
            "isPossible": tree.line(here + "/power/control") == "auto" and not (d3 or "").startswith(("Disabled", "Not supported")),
            "pciPowerState": tree.line(here + "/power_state"), "runtimeD3Status": d3, "videoMemoryState": power.get("Video Memory"),
            "holders": holders, "holderCount": len(holders),
        }.items() if each not in (None, [])},
    }, {"suspended_seconds_total": tree.number(here + "/power/runtime_suspended_time") / 1000,
        "active_seconds_total": tree.number(here + "/power/runtime_active_time") / 1000})
    if driver == "nvidia":
        nvidia(tree, report, address)
    else:
        amd(tree, report, address, here, asleep)


def holders_of(tree, here, minor):
    nodes = {f"/dev/nvidia{minor}"} if minor is not None else set()
    nodes |= {f"/dev/dri/{name}" for name in tree.names(here + "/drm") if re.match(r"(?:card|renderD)\d+$", name)}
    pids = {holder["pid"] for look in tree.recording.get("holders", []) for holder in look["answer"]["holders"] if holder["path"] in nodes}
    return [owner(tree, pid) for pid in sorted(pids)]


def nvidia(tree, report, address):
    reading = json.loads(tree.command("nvml")[1])
    gpu = next(each for each in reading["gpus"] if each["pciAddress"] == address)
    of = lambda group, name: gpu.get(group, {}).get(name)
    report.ok("gpu_status", address, {
        "uuid": gpu["uuid"], "productName": gpu["productName"], "vbiosVersion": gpu["vbiosVersion"], "driverVersion": reading["driverVersion"],
        "cudaVersion": reading["cudaVersion"], "computeCapability": gpu["computeCapability"], "architecture": gpu["architecture"],
        "memoryTotalBytes": big(of("memory", "totalBytes")), "memoryReservedBytes": big(of("memory", "reservedBytes")),
        "powerLimitWatts": of("power", "limitWatts"), "defaultPowerLimitWatts": of("power", "defaultLimitWatts"),
        "slowdownCelsius": of("temperature", "slowdownCelsius"), "shutdownCelsius": of("temperature", "shutdownCelsius"),
        "maximumGraphicsClockHertz": big(of("clocks", "maximumGraphicsHertz")), "isPersistenceEnabled": gpu["isPersistenceEnabled"],
        "isDisplayActive": gpu["isDisplayActive"], "isMigEnabled": gpu["isMigEnabled"], "recoveryAction": gpu["recoveryAction"],
        "source": reading["source"],
    }, {
        "memory_used_bytes": of("memory", "usedBytes"), "memory_free_bytes": of("memory", "freeBytes"),
        "utilization_percent": of("utilization", "gpuPercent"), "memory_utilization_percent": of("utilization", "memoryPercent"),
        "encoder_utilization_percent": of("utilization", "encoderPercent"), "decoder_utilization_percent": of("utilization", "decoderPercent"),
        "temperature_celsius": of("temperature", "gpuCelsius"), "power_watts": of("power", "drawWatts"),
        "energy_joules_total": of("power", "energyJoules"), "graphics_clock_hertz": of("clocks", "graphicsHertz"),
        "memory_clock_hertz": of("clocks", "memoryHertz"), "sm_clock_hertz": of("clocks", "smHertz"),
        "video_clock_hertz": of("clocks", "videoHertz"), "fan_percent": gpu["fanPercent"],
        "performance_state_number": gpu["performanceState"], "pcie_replays_total": gpu["pcieReplays"],
        **{f"is_limited_by_{name}": int(gpu["clocksEventReasons"] & bit != 0) for bit, name in reasons.items()},
    })
    for process in gpu["processes"]:
        who = owner(tree, process["pid"])
        cgroup = tree.line(f"/proc/{process['pid']}/cgroup")
        purpose = "ollama" if who["unit"] == "ollama.service" else "game" if "steam" in cgroup else "desktop" if who["processName"] == "Xorg" else "other"
        report.ok("gpu_process", f"{address} {process['pid']}", {
            "gpuId": address, "owner": who, "isCompute": process["isCompute"], "isGraphics": process["isGraphics"], "purpose": purpose,
        }, {"memory_used_bytes": process["memoryBytes"]})


def amd(tree, report, address, here, asleep):
    if asleep:
        report.ok("gpu_status", address, {})
        return
    sensor = {}
    for chip in tree.names(here + "/hwmon"):
        for file in tree.names(f"{here}/hwmon/{chip}"):
            if file.endswith("_label"):
                sensor[tree.line(f"{here}/hwmon/{chip}/{file}")] = tree.number(f"{here}/hwmon/{chip}/{file.replace('_label', '_input')}")
    clocks = [int(each) for each in re.findall(r"(\d+)Mhz", tree.line(here + "/pp_dpm_sclk"))]
    report.ok("gpu_status", address, {
        "maximumGraphicsClockHertz": big(max(clocks) * 1_000_000), "vbiosVersion": tree.line(here + "/vbios_version"), "memoryTotalBytes": big(tree.number(here + "/mem_info_vram_total")),
        "sharedMemoryTotalBytes": big(tree.number(here + "/mem_info_gtt_total")), "source": "sysfs",
    }, {
        "memory_used_bytes": tree.number(here + "/mem_info_vram_used"),
        "memory_free_bytes": tree.number(here + "/mem_info_vram_total") - tree.number(here + "/mem_info_vram_used"),
        "shared_memory_used_bytes": tree.number(here + "/mem_info_gtt_used"), "utilization_percent": tree.number(here + "/gpu_busy_percent"),
        "temperature_celsius": sensor["edge"] / 1000, "power_watts": sensor["PPT"] / 1e6, "graphics_clock_hertz": sensor["sclk"],
    })
