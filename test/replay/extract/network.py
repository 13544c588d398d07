"""Interfaces, routes, flannel's network, and sensors."""
import ipaddress
import os
import re

types = {"loopback": "772", "tunnel": "65534"}


def extract(tree, report):
    addresses = addresses_by_interface(tree)
    containers = 0
    for line in tree.text("/proc/1/net/dev").splitlines()[2:]:
        name, numbers = line.strip().split(":")
        if re.match(r"veth|cali|lxc", name):
            containers += 1
            continue
        interface(tree, report, name, [int(word) for word in numbers.split()], addresses.get(name, []))
    routing(tree, report, containers)
    overlay(tree, report)
    sensors(tree, report)


def addresses_by_interface(tree):
    found = {}
    routes = [line.split() for line in tree.text("/proc/1/net/route").splitlines()[1:]]
    quad = lambda word: ipaddress.IPv4Address(int.from_bytes(bytes.fromhex(word), "little"))
    local = set(re.findall(r"\|-- ([\d.]+)\n\s+/32 host LOCAL", tree.text("/proc/1/net/fib_trie")))
    for word in sorted(local, key=ipaddress.IPv4Address):
        if word.startswith("127."):
            found.setdefault("lo", []).append(f"{word}/8") if word == "127.0.0.1" else None
            continue
        for route in routes:
            network = ipaddress.IPv4Network((int(quad(route[1])), str(quad(route[7]))))
            on_link = route[2] == "00000000" and network.prefixlen > 0
            if on_link and ipaddress.IPv4Address(word) in network and ipaddress.IPv4Address(word) != network.network_address:
                found.setdefault(route[0], []).append(f"{word}/{network.prefixlen}")
    for line in tree.text("/proc/1/net/if_inet6").splitlines():
        word, _, length, _, _, name = line.split()
        found.setdefault(name, []).append(f"{ipaddress.IPv6Address(bytes.fromhex(word))}/{int(length, 16)}")
    return found


def interface(tree, report, name, numbers, addresses):
    here = f"/sys/class/net/{name}"
    uevent = dict(re.findall(r"^(\w+)=(.*)$", tree.text(here + "/uevent"), re.M))
    hardware = tree.there(here + "/device")
    kind = {"wlan": "wifi"}.get(uevent.get("DEVTYPE"), uevent.get("DEVTYPE"))
    if kind is None:
        kind = next((each for each, number in types.items() if tree.line(here + "/type") == number), "ethernet")
    state = tree.line(here + "/operstate")
    flags = tree.number(here + "/flags", 16)
    up = state == "up" or (flags is not None and flags & 1 == 1)
    mac = tree.line(here + "/address")
    speed = tree.number(here + "/speed")
    driver = re.search(r"^DRIVER=(.*)$", tree.text(tree.real(here + "/device") + "/uevent") or "", re.M) if hardware else None
    names = ("bytes", "packets", "errors", "dropped")
    samples = {f"receive_{each}_total": numbers[index] for index, each in enumerate(names)}
    samples |= {f"transmit_{each}_total": numbers[8 + index] for index, each in enumerate(names)}
    samples["carrier_changes_total"] = tree.number(here + "/carrier_changes")
    report.ok("network_interface", name, {
        "name": name, "type": kind, "macAddress": None if mac == "00:00:00:00:00:00" else mac, "operationalState": state,
        "hasCarrier": True if up else None, "mtuBytes": tree.number(here + "/mtu"),
        "speedBitsPerSecond": str(speed * 1_000_000) if speed else None, "duplex": tree.line(here + "/duplex"),
        "driver": driver[1] if driver else None, "addresses": addresses, "isVirtual": not hardware,
    }, samples)


def routing(tree, report, containers):
    routes = [line.split() for line in tree.text("/proc/1/net/route").splitlines()[1:]]
    default = min((route for route in routes if route[1] == "00000000"), key=lambda route: int(route[6]))
    value = {
        "defaultGatewayIpv4": str(ipaddress.IPv4Address(int.from_bytes(bytes.fromhex(default[2]), "little"))),
        "defaultInterfaceIpv4": default[0], "containerInterfaceCount": containers,
        "nameServers": re.findall(r"^nameserver (\S+)$", tree.text("/etc/resolv.conf"), re.M),
    }
    for words in (line.split() for line in tree.text("/proc/1/net/ipv6_route").splitlines()):
        if words[0] == "0" * 32 and words[1] == "00" and words[4] != "0" * 32:
            value |= {"defaultGatewayIpv6": str(ipaddress.IPv6Address(bytes.fromhex(words[4]))), "defaultInterfaceIpv6": words[9]}
    report.ok("routing", "", value)


def overlay(tree, report):
    if not tree.there("/run/flannel/subnet.env"):
        report.absent("overlay_network")
        return
    said = dict(re.findall(r"^FLANNEL_(\w+)=(.*)$", tree.text("/run/flannel/subnet.env"), re.M))
    below = next(name for name in tree.names("/sys/class/net/flannel.1") if name.startswith("lower_"))
    report.ok("overlay_network", "", {
        "backend": "vxlan", "interfaceName": "flannel.1", "network": said["NETWORK"], "subnet": said["SUBNET"],
        "mtuBytes": int(said["MTU"]), "interfaceMtuBytes": tree.number("/sys/class/net/flannel.1/mtu"),
        "underlyingInterfaceName": below.removeprefix("lower_"),
        "underlyingMtuBytes": tree.number(f"/sys/class/net/{below.removeprefix('lower_')}/mtu"),
    })


units = {"temp": ("TEMPERATURE", "temperature_celsius", 1e3), "in": ("VOLTAGE", "voltage_volts", 1e3),
         "fan": ("FAN", "speed_rpm", 1), "power": ("POWER", "power_watts", 1e6)}


def sensors(tree, report):
    for chip in tree.names("/sys/class/hwmon"):
        here = f"/sys/class/hwmon/{chip}"
        name = tree.line(here + "/name")
        device = os.path.basename(tree.real(here + "/device"))
        files = tree.names(here)
        for channel in sorted({match[0] for match in (re.match(r"(?:temp|in|fan|power)\d+(?=_)", file) for file in files) if match}):
            kind, sample, scale = units[re.match(r"[a-z]+", channel)[0]]
            value = lambda suffix: None if tree.number(f"{here}/{channel}_{suffix}") is None else tree.number(f"{here}/{channel}_{suffix}") / scale
            alarm = next((tree.number(f"{here}/{channel}_{each}") for each in ("alarm", "lcrit_alarm") if f"{channel}_{each}" in files), None)
            # 0 K and 65535 K are what NVMe drivers say of limits that are not there.
            limit = lambda number: None if number is None or number > 60_000 else int(number) if number == int(number) else number
            report.ok("sensor", f"{name}/{device}/{channel}", {
                "chip": name, "label": tree.line(f"{here}/{channel}_label") or channel, "type": f"SENSOR_TYPE_{kind}", "device": device,
                "maximum": limit(value("max")), "critical": limit(value("crit")),
            }, {key: number for key, number in ((sample, value("input")), ("is_alarm", alarm)) if number is not None})
