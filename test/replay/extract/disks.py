"""Disks, what lies on them, and what smartctl says of them."""
import json
import os
import re

from tree import big


def extract(tree, report):
    mounts = [mount(line) for line in tree.text("/proc/1/mountinfo").splitlines()]
    devices = {}
    for name in tree.names("/sys/block"):
        id_ = block_device(tree, report, name)
        devices[tree.line(f"/sys/block/{name}/dev")] = (id_, name)
        for part in (each for each in tree.names(f"/sys/block/{name}") if tree.there(f"/sys/block/{name}/{each}/partition")):
            devices[tree.line(f"/sys/block/{name}/{part}/dev")] = (id_, part)
    for each in mounts:
        if each["type"] not in ("proc", "sysfs", "tmpfs", "devtmpfs"):
            filesystem(tree, report, each, devices)
    longhorn(tree, report, mounts, devices)


def mount(line):
    left, right = line.split(" - ")
    words, tail = left.split(), right.split()
    return {"dev": words[2], "point": words[4], "options": words[5].split(","), "type": tail[0], "source": tail[1], "super": tail[2].split(",")}


def udev(tree, number):
    text = tree.text(f"/run/udev/data/b{number}") or ""
    return dict(re.findall(r"^E:(\w+)=(.*)$", text, re.M))


def content(said):
    kept = {"type": said.get("ID_FS_TYPE"), "uuid": said.get("ID_FS_UUID"), "label": said.get("ID_FS_LABEL")}
    return {key: value for key, value in kept.items() if value} or None


def block_device(tree, report, name):
    here = f"/sys/block/{name}"
    controller = tree.real(here + "/device")
    function = os.path.dirname(os.path.dirname(controller))
    slot = os.path.dirname(function)
    wwid = tree.line(here + "/wwid")
    model, serial = tree.line(controller + "/model"), tree.line(controller + "/serial")
    parts = []
    for each in tree.names(here):
        number = tree.number(f"{here}/{each}/partition")
        if number is not None:
            said = udev(tree, tree.line(f"{here}/{each}/dev"))
            part = {"name": each, "number": number, "sizeBytes": big(tree.number(f"{here}/{each}/size") * 512),
                    "content": content(said), "uuid": said.get("ID_PART_ENTRY_UUID")}
            parts.append({key: value for key, value in part.items() if value})
    speed = lambda path: float(tree.line(path).split()[0])
    whole = lambda number: int(number) if number == int(number) else number
    link = {
        "address": os.path.basename(function),
        "gigatransfersPerSecond": whole(speed(function + "/current_link_speed")),
        "maximumGigatransfersPerSecond": whole(min(speed(function + "/max_link_speed"), speed(slot + "/max_link_speed"))),
        "laneCount": tree.number(function + "/current_link_width"),
        "maximumLaneCount": min(tree.number(function + "/max_link_width"), tree.number(slot + "/max_link_width")),
        "isSuspended": tree.line(function + "/power/runtime_status") == "suspended",
    }
    # kernel documentation, iostats.rst
    stat = [int(word) for word in tree.text(here + "/stat").split()]
    errors = {}
    for kind in ("correctable", "nonfatal", "fatal"):
        lines = dict(line.split() for line in tree.text(f"{function}/aer_dev_{kind}").splitlines())
        total = lines.pop(f"TOTAL_ERR_{ {'correctable': 'COR', 'nonfatal': 'NONFATAL', 'fatal': 'FATAL'}[kind]}", None)
        errors[f"aer_{kind}_errors_total"] = int(total) if total is not None else sum(int(number) for number in lines.values())
    report.ok("block_device", wwid, {
        "name": name, "type": "BLOCK_DEVICE_TYPE_DISK", "bus": "nvme", "model": model, "serial": serial,
        "firmwareRevision": tree.line(controller + "/firmware_rev"), "wwid": wwid, "sizeBytes": big(tree.number(here + "/size") * 512),
        "logicalBlockSizeBytes": tree.number(here + "/queue/logical_block_size"),
        "physicalBlockSizeBytes": tree.number(here + "/queue/physical_block_size"),
        "isRotational": tree.line(here + "/queue/rotational") == "1", "isRemovable": tree.line(here + "/removable") == "1",
        "isReadOnly": tree.line(here + "/ro") == "1", "isVirtual": False, "partitions": parts,
        "identities": [wwid, f"serial:{model.replace(' ', '_')}_{serial}_n1"],
        "location": function.removeprefix("/sys/devices/") + "/ns" + tree.line(here + "/nsid"), "pcieLink": link,
    }, {
        "reads_completed_total": stat[0], "read_bytes_total": stat[2] * 512, "read_seconds_total": stat[3] / 1000,
        "writes_completed_total": stat[4], "written_bytes_total": stat[6] * 512, "write_seconds_total": stat[7] / 1000,
        "io_in_flight": stat[8], "io_seconds_total": stat[9] / 1000, "discards_completed_total": stat[11], **errors,
    })
    health(tree, report, wwid, os.path.basename(controller))
    return wwid


def filesystem(tree, report, each, devices):
    point, id_ = each["point"], each["dev"]
    answer = next(usage["answer"] for usage in tree.recording["usages"] if usage["path"] == point)
    if "code" in answer:
        report.failed("filesystem", point, answer["code"])
        return
    device, name = devices[id_]
    said = udev(tree, id_)
    total = answer["inodesTotal"]
    report.ok("filesystem", point, {
        "mountPoint": point, "source": each["source"], "type": each["type"], "blockDeviceId": device, "deviceName": name,
        "isReadOnly": "ro" in each["options"], "sizeBytes": big(answer["sizeBytes"]), "inodesTotal": big(total), "isRemote": False,
        "physicalBlockDeviceIds": [device], "hasFallenReadOnly": "ro" in each["super"] and "ro" not in each["options"],
        "uuid": said.get("ID_FS_UUID"), "label": said.get("ID_FS_LABEL"),
    }, {
        "used_bytes": answer["sizeBytes"] - answer["freeBytes"], "free_bytes": answer["freeBytes"],
        "available_bytes": answer["availableBytes"],
        "inodes_used": total - answer["inodesFree"] if total else None, "inodes_free": answer["inodesFree"] if total else None,
    })


def longhorn(tree, report, mounts, devices):
    path = "/var/lib/longhorn"
    said = tree.text(path + "/longhorn-disk.cfg")
    if said is None:
        return
    under = max((each for each in mounts if path.startswith(each["point"])), key=lambda each: len(each["point"]))
    report.ok("longhorn_disk", path, {
        "diskUuid": json.loads(said)["diskUUID"], "mountPoint": under["point"],
        "physicalBlockDeviceIds": [devices[under["dev"]][0]], "isMountPoint": under["point"] == path,
    })


def health(tree, report, id_, controller):
    status, text = tree.command("smartctl", f"/dev/{controller}")
    said = json.loads(text)
    log = said["nvme_smart_health_information_log"]
    limits = said["nvme_composite_temperature_threshold"]
    tests = [{"type": test["self_test_code"]["string"].lower(), "result": "SELF_TEST_RESULT_PASSED",
              "powerOnHours": big(test["power_on_hours"]), "text": test["self_test_result"]["string"]}
             for test in said["nvme_self_test_log"].get("table", [])]
    fields = {  # field of the wire: field of smartctl; those of 64 bits are texts
        "controllerBusyTimeMinutes": "controller_busy_time", "powerCycles": "power_cycles", "powerOnHours": "power_on_hours",
        "dataUnitsRead": "data_units_read", "dataUnitsWritten": "data_units_written", "hostReadCommands": "host_reads",
        "hostWriteCommands": "host_writes", "unsafeShutdowns": "unsafe_shutdowns", "mediaAndDataIntegrityErrors": "media_errors",
        "errorInformationLogEntries": "num_err_log_entries", "warningCompositeTemperatureTimeMinutes": "warning_temp_time",
        "criticalCompositeTemperatureTimeMinutes": "critical_comp_time",
    }
    report.ok("disk_health", id_, {
        "device": f"/dev/{controller}", "protocol": "NVMe", "modelName": said["model_name"], "serialNumber": said["serial_number"],
        "firmwareVersion": said["firmware_version"], "status": "HEALTH_STATUS_PASSED", "temperatureCelsius": log["temperature"],
        "powerOnHours": big(log["power_on_hours"]), "powerCycles": big(log["power_cycles"]), "smartctlExitStatus": status,
        "nvme": {
            "criticalWarning": log["critical_warning"], "compositeTemperatureCelsius": log["temperature"],
            "availableSparePercent": log["available_spare"], "availableSpareThresholdPercent": log["available_spare_threshold"],
            "percentageUsed": log["percentage_used"], "temperatureSensorsCelsius": log["temperature_sensors"],
            "warningCompositeTemperatureThresholdCelsius": limits["warning"],
            "criticalCompositeTemperatureThresholdCelsius": limits["critical"],
            **{ours: big(log[theirs]) for ours, theirs in fields.items()},
        },
        "selfTestLog": {"failedTestCount": 0, **({"tests": tests} if tests else {})}, "smartctlDeviceType": "nvme",
    }, {
        "temperature_celsius": log["temperature"], "power_on_hours": log["power_on_hours"],
        "available_spare_percent": log["available_spare"], "percentage_used": log["percentage_used"],
        "written_bytes_total": log["data_units_written"] * 512_000, "read_bytes_total": log["data_units_read"] * 512_000,
        "media_errors_total": log["media_errors"],
    })
