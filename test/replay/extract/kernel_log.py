"""What the kernel told of: /dev/kmsg."""
import re

from tree import big

# Code, area and severity are the wire's own words; patterns are the kernel's.
known = [
    (r"^hwmon hwmon\d+: Undervoltage detected!", "undervoltage", "power", "WARNING"),
    (r"^hwmon hwmon\d+: Voltage normalised", "voltage-normalised", "power", "NOTICE"),
    (r"^Out of memory: Killed process", "out-of-memory-kill", "memory", "WARNING"),
    (r"^NVRM: Xid \(PCI:(?P<device>[0-9a-f:]+)\): (?P<number>31),", "nvidia-xid-{number}", "gpu", "NOTICE"),
]


def extract(tree, report):
    booted = int(re.search(r"^btime (\d+)$", tree.text("/proc/stat"), re.M)[1]) * 1000
    records = [line for line in tree.text("/dev/kmsg").splitlines() if not line.startswith(" ")]
    faults = {}
    for record in records:
        head, message = record.split(";", 1)
        priority, _, micros, _ = head.split(",")
        if int(priority) >> 3:
            continue  # not the kernel's own
        for pattern, code, area, severity in known:
            found = re.search(pattern, message)
            if not found:
                continue
            groups = found.groupdict()
            device = groups["device"] + ".0" if "device" in groups else ""
            code = code.format(**groups)
            moment = booted + round(int(micros) / 1000)
            fault = faults.setdefault(f"{code} {device}".strip(), {"first": moment, "count": 0})
            fault |= {"code": code, "device": device, "message": message, "area": area, "severity": severity, "last": moment,
                      "count": fault["count"] + 1}
    report.ok("kernel_log", "", {"isWhole": True, "sinceUnixMs": big(booted)},
              {"records_total": len(records), "lost_records_total": 0, "suppressed_records_total": 0})
    for id_, fault in faults.items():
        report.ok("kernel_fault", id_, {
            "code": fault["code"], "device": fault["device"], "message": fault["message"], "area": fault["area"],
            "firstAtUnixMs": big(fault["first"]), "lastAtUnixMs": big(fault["last"]),
            "severity": "KERNEL_FAULT_SEVERITY_" + fault["severity"],
        }, {"occurrences_total": fault["count"]})
