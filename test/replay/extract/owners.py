"""Who a process is: /proc/<pid>, the names of users, and the cgroup that says its unit."""
import re

from tree import big


def owner(tree, pid):
    fields = tree.text(f"/proc/{pid}/stat").rsplit(")", 1)[1].split()
    booted = int(re.search(r"^btime (\d+)$", tree.text("/proc/stat"), re.M)[1])
    uid = re.search(r"^Uid:\t(\d+)", tree.text(f"/proc/{pid}/status"), re.M)[1]
    users = {line.split(":")[2]: line.split(":")[0] for line in tree.text("/etc/passwd").splitlines()}
    units = re.findall(r"[^/]+\.(?:service|scope)(?=/|$)", tree.line(f"/proc/{pid}/cgroup"))
    name = tree.line(f"/proc/{pid}/comm")
    program = re.split(r"[/\\]", (tree.text(f"/proc/{pid}/cmdline") or "").split("\0")[0])[-1]
    if len(name) == 15 and program.startswith(name):
        name = program  # the kernel keeps no more of it
    value = {"pidNumber": int(pid), "processName": name, "unit": units[0] if units else "",
             "user": users.get(uid, uid), "startedAtUnixMs": big(booted * 1000 + int(fields[19]) * 10)}
    return {key: each for key, each in value.items() if each}


def pids_of_unit(tree, unit):
    return (tree.text(f"/sys/fs/cgroup/system.slice/{unit}/cgroup.procs") or "").split()
