import { Outcome } from "@nodekeeper/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { network } from "./network.ts";
import { ipv6Of } from "./support/network/addresses.ts";
import { isContainerInterface } from "./support/network/container-interfaces.ts";
import { factsAt, runOnce, runToPayload, samplesAt } from "./test-support/payload-view.ts";
import { denied, ioError, type TreeEntry, TreeHost } from "./test-support/tree-host.ts";

const devHeader = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`;
const routeHeader = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";

function devLine(name: string, first = 100): string {
  const numbers = Array.from({ length: 16 }, (_, index) => first + index);
  return `${name.padStart(6)}: ${numbers.join("    ")}\n`;
}

function route(
  name: string,
  destination: string,
  gateway: string,
  mask: string,
  metric = 0,
  flags = gateway === "00000000" ? 1 : 3,
): string {
  return `${name}\t${destination}\t${gateway}\t${String(flags).padStart(4, "0")}\t0\t0\t${metric}\t${mask}\t0\t0\t0\n`;
}

function leaf(address: string): string {
  return `        |-- ${address}\n           /32 host LOCAL\n`;
}

/** A node with a wired and a wireless interface, and what K3s and Tailscale add. */
const node: Readonly<Record<string, TreeEntry>> = {
  "/proc/1/net/dev":
    devHeader +
    ["lo", "enp1s0", "wlan0", "cni0", "veth1a2b3c4d", "tailscale0"].map((name, i) => devLine(name, i * 1000)).join(""),
  "/proc/1/net/route":
    routeHeader +
    route("wlan0", "00000000", "0101A8C0", "00000000", 600) +
    route("enp1s0", "00000000", "0102A8C0", "00000000", 100) +
    route("enp1s0", "0002A8C0", "00000000", "00FFFFFF", 100) +
    route("wlan0", "0001A8C0", "00000000", "00FFFFFF", 600) +
    route("cni0", "00002A0A", "00000000", "00FFFFFF"),
  "/proc/1/net/fib_trie": `Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n${["10.42.0.0", "10.42.0.1", "100.64.0.7", "127.0.0.1", "192.168.1.9", "192.168.2.7"].map(leaf).join("")}Local:\n${["10.42.0.1", "127.0.0.1"].map(leaf).join("")}`,
  "/proc/1/net/if_inet6":
    "00000000000000000000000000000001 01 80 10 80       lo\nfe80000000000000020000fffe000001 02 40 20 80   enp1s0\nfd7a115ca1e000000000000000000007 05 80 00 80 tailscale0\n",
  "/proc/1/net/ipv6_route":
    "00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe80000000000000000000000000000a 00000400 00000001 00000000 00000003   enp1s0\n" +
    "00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo\n",
  "/etc/resolv.conf":
    "# made by hand\nsearch lan\nnameserver 192.168.2.1\nnameserver fe80::1%enp1s0\n;nameserver 9.9.9.9\noptions edns0\n",
};

function addInterface(host: TreeHost, name: string, files: Readonly<Record<string, TreeEntry>>): void {
  host.add(`/sys/class/net/${name}`, {
    type: "1\n",
    address: "02:00:00:00:00:01\n",
    operstate: "up\n",
    mtu: "1500\n",
    uevent: `INTERFACE=${name}\nIFINDEX=2\n`,
    flags: "0x1003\n",
    carrier_changes: "2\n",
    ...files,
  });
}

function makeNode(changes: Readonly<Record<string, TreeEntry | undefined>> = {}): TreeHost {
  const host = new TreeHost(node);
  addInterface(host, "lo", { type: "772\n", address: "00:00:00:00:00:00\n", operstate: "unknown\n", mtu: "65536\n" });
  addInterface(host, "enp1s0", { speed: "2500\n", duplex: "full\n", "device/uevent": "DRIVER=r8169\nPCI_CLASS=20000\n" });
  addInterface(host, "wlan0", {
    uevent: "DEVTYPE=wlan\nINTERFACE=wlan0\n",
    speed: ioError("/sys/class/net/wlan0/speed", "EINVAL"),
    duplex: ioError("/sys/class/net/wlan0/duplex", "EINVAL"),
    "device/uevent": "DRIVER=brcmfmac\n",
  });
  addInterface(host, "cni0", { uevent: "DEVTYPE=bridge\nINTERFACE=cni0\n", mtu: "1230\n" });
  addInterface(host, "tailscale0", {
    type: "65534\n",
    address: "\n",
    operstate: "unknown\n",
    mtu: "1280\n",
    tun_flags: "0x1001\n",
  });
  for (const [path, entry] of Object.entries(changes)) {
    if (entry === undefined) host.remove(path);
    else host.entries.set(path, entry);
  }
  return host;
}

describe("network", () => {
  it("tells a wired interface with its link, addresses and counters", async () => {
    const payload = await runToPayload(network, makeNode());

    expect(factsAt(payload, "network_interface", "enp1s0")).toEqual({
      name: "enp1s0",
      type: "ethernet",
      macAddress: "02:00:00:00:00:01",
      operationalState: "up",
      hasCarrier: true,
      mtuBytes: 1500,
      speedBitsPerSecond: "2500000000",
      duplex: "full",
      driver: "r8169",
      addresses: ["192.168.2.7/24", "fe80::200:ff:fe00:1/64"],
      isVirtual: false,
    });
    expect(samplesAt(payload, "network_interface", "enp1s0")).toEqual({
      receive_bytes_total: 1000,
      receive_packets_total: 1001,
      receive_errors_total: 1002,
      receive_dropped_total: 1003,
      transmit_bytes_total: 1008,
      transmit_packets_total: 1009,
      transmit_errors_total: 1010,
      transmit_dropped_total: 1011,
      carrier_changes_total: 2,
    });
  });

  it.each([
    ["lo", { type: "loopback", isVirtual: true, addresses: ["127.0.0.1/8", "::1/128"] }],
    ["wlan0", { type: "wifi", isVirtual: false, driver: "brcmfmac", addresses: ["192.168.1.9/24"] }],
    ["cni0", { type: "bridge", isVirtual: true, addresses: ["10.42.0.1/24"] }],
    ["tailscale0", { type: "tunnel", isVirtual: true, addresses: ["fd7a:115c:a1e0::7/128"] }],
  ])("tells %s for what it is", async (name, expected) => {
    const facts = factsAt(await runToPayload(network, makeNode()), "network_interface", name);

    expect(facts).toMatchObject(expected);
    expect(facts).not.toHaveProperty("speedBitsPerSecond");
  });

  it("counts what container networks make, and lists all else", async () => {
    const payload = await runToPayload(network, makeNode());

    expect(payload.subjects.map((subject) => `${subject.kind} ${subject.id}`)).toEqual([
      "network_interface lo",
      "network_interface enp1s0",
      "network_interface wlan0",
      "network_interface cni0",
      "network_interface tailscale0",
      "routing ",
      "overlay_network ",
    ]);
    expect(payload.lists).toMatchObject([{ kind: "network_interface", isComplete: true }]);
    expect(factsAt(payload, "routing")).toMatchObject({ containerInterfaceCount: 1 });
  });

  it("tells where packets leave by the lowest metric, and who resolves names", async () => {
    expect(factsAt(await runToPayload(network, makeNode()), "routing")).toEqual({
      defaultGatewayIpv4: "192.168.2.1",
      defaultInterfaceIpv4: "enp1s0",
      defaultGatewayIpv6: "fe80::a",
      defaultInterfaceIpv6: "enp1s0",
      nameServers: ["192.168.2.1", "fe80::1%enp1s0"],
      containerInterfaceCount: 1,
    });
  });

  it("tells a machine without default route, IPv6 or resolver", async () => {
    const host = makeNode({
      "/proc/1/net/route": routeHeader + route("enp1s0", "0002A8C0", "00000000", "00FFFFFF"),
      "/proc/1/net/if_inet6": undefined,
      "/proc/1/net/ipv6_route": undefined,
      "/etc/resolv.conf": undefined,
    });

    const payload = await runToPayload(network, host);

    expect(factsAt(payload, "routing")).toEqual({ containerInterfaceCount: 1 });
    expect(factsAt(payload, "network_interface", "enp1s0")).toMatchObject({ addresses: ["192.168.2.7/24"] });
  });

  it("tells a default route that needs no gateway", async () => {
    const host = makeNode({ "/proc/1/net/route": routeHeader + route("ppp0", "00000000", "00000000", "00000000") });

    expect(factsAt(await runToPayload(network, host), "routing")).toMatchObject({ defaultInterfaceIpv4: "ppp0" });
  });

  it("gives an address to nobody when two interfaces have its network", async () => {
    const both =
      route("enp1s0", "0002A8C0", "00000000", "00FFFFFF", 100) + route("wlan0", "0002A8C0", "00000000", "00FFFFFF", 600);

    const payload = await runToPayload(network, makeNode({ "/proc/1/net/route": routeHeader + both }));

    expect(factsAt(payload, "network_interface", "enp1s0")).toMatchObject({ addresses: ["fe80::200:ff:fe00:1/64"] });
    expect(factsAt(payload, "network_interface", "wlan0")).not.toHaveProperty("addresses");
  });

  it("gives an address to the narrowest network that holds it", async () => {
    const routes = route("wlan0", "0000A8C0", "00000000", "0000FFFF") + route("enp1s0", "0002A8C0", "00000000", "00FFFFFF");

    const payload = await runToPayload(network, makeNode({ "/proc/1/net/route": routeHeader + routes }));

    expect(factsAt(payload, "network_interface", "enp1s0")).toMatchObject({ addresses: ["192.168.2.7/24", expect.any(String)] });
    expect(factsAt(payload, "network_interface", "wlan0")).toMatchObject({ addresses: ["192.168.1.9/16"] });
  });

  it.each([
    { what: "is switched off", state: "down\n", flags: "0x1002\n", speed: ioError("/sys/class/net/enp1s0/speed", "EINVAL") },
    { what: "has no cable", state: "down\n", flags: "0x1003\n", speed: "-1\n", hasCarrier: false },
    { what: "waits for the one below", state: "lowerlayerdown\n", flags: "0x1003\n", speed: "10\n", hasCarrier: false },
    { what: "does not know its speed", state: "up\n", flags: "0x1003\n", speed: "4294967295\n", hasCarrier: true },
    { what: "never told its state", state: "unknown\n", flags: "0x1003\n", speed: "-1\n", hasCarrier: true },
    { what: "has no flags to tell", state: "unknown\n", flags: undefined, speed: "-1\n" },
  ])("leaves the speed unknown of an interface that $what", async ({ state, flags, speed, hasCarrier }) => {
    const folder = "/sys/class/net/enp1s0";
    const host = makeNode({
      [`${folder}/operstate`]: state,
      [`${folder}/flags`]: flags,
      [`${folder}/speed`]: speed,
      [`${folder}/duplex`]: "unknown\n",
    });

    const facts = factsAt(await runToPayload(network, host), "network_interface", "enp1s0");

    expect(facts).not.toHaveProperty("speedBitsPerSecond");
    expect(facts).not.toHaveProperty("duplex");
    if (hasCarrier === undefined) expect(facts).not.toHaveProperty("hasCarrier");
    else expect(facts).toMatchObject({ hasCarrier });
  });

  it("tells to which bridge an interface belongs", async () => {
    const host = makeNode({ "/sys/class/net/enp1s0/master": { link: "/sys/class/net/cni0" } });

    expect(factsAt(await runToPayload(network, host), "network_interface", "enp1s0")).toMatchObject({ master: "cni0" });
  });

  it.each([
    ["/sys/class/net/enp1s0/speed", "fast\n", 'HOST_ANSWER_MALFORMED: /sys/class/net/enp1s0/speed: it is not a number: "fast"'],
    [
      "/sys/class/net/enp1s0/carrier_changes",
      "\n",
      'HOST_ANSWER_MALFORMED: /sys/class/net/enp1s0/carrier_changes: it is not a number: ""',
    ],
    [
      "/sys/class/net/enp1s0/mtu",
      ioError("/sys/class/net/enp1s0/mtu"),
      "HOST_READ_FAILED: cannot read /sys/class/net/enp1s0/mtu: i/o error (EIO)",
    ],
    ["/sys/class/net/enp1s0", undefined, "HOST_FILE_MISSING: /sys/class/net/enp1s0/type is missing"],
  ])("fails one interface for %s and tells the others", async (path, entry, message) => {
    const payload = await runToPayload(network, makeNode({ [path]: entry }));

    expect(factsAt(payload, "network_interface", "enp1s0")).toBe(message);
    expect(payload.subjects.filter((subject) => subject.outcome === Outcome.FAILED)).toHaveLength(1);
    expect(payload.lists).toMatchObject([{ isComplete: true }]);
  });

  it("fails one interface whose counters are cut off, and says so of a line without a name", async () => {
    const host = makeNode({ "/proc/1/net/dev": `${devHeader}${devLine("lo")}enp1s0: 1 2 3\n???\n` });

    const payload = await runToPayload(network, host);

    expect(factsAt(payload, "network_interface", "enp1s0")).toMatch(/^HOST_ANSWER_MALFORMED: .*the counters of enp1s0 are not/);
    expect(factsAt(payload, "network_interface", "lo")).toMatchObject({ type: "loopback" });
    expect(payload.lists).toMatchObject([
      { isComplete: false, failure: { message: '/proc/1/net/dev: a line does not begin with the name of an interface: "???"' } },
    ]);
  });

  it.each([
    ["/proc/1/net/fib_trie", "network_interface", "garbage", 'it does not begin with the name of a table: "garbage"'],
    ["/proc/1/net/if_inet6", "network_interface", "zz\n", 'a line is not in the form that is known: "zz"'],
    ["/proc/1/net/ipv6_route", "routing", "zz\n", 'a line is not in the form that is known: "zz"'],
    ["/proc/1/net/route", "routing", "zz\n", 'it does not begin with the header that is known: "zz"'],
    ["/proc/1/net/route", "routing", `${routeHeader}eth0\tXY\n`, 'a line is not in the form that is known: "eth0\\tXY"'],
  ])("fails what needs %s when it cannot be understood", async (path, kind, text, message) => {
    const payload = await runToPayload(network, makeNode({ [path]: text }));

    expect(factsAt(payload, kind, kind === "routing" ? "" : "enp1s0")).toBe(`HOST_ANSWER_MALFORMED: ${path}: ${message}`);
  });

  it("still tells the routes when the interfaces may not be read, and the list is not complete", async () => {
    const payload = await runToPayload(network, makeNode({ "/proc/1/net/dev": denied("/proc/1/net/dev") }));

    expect(payload.subjects.filter(({ kind }) => kind === "network_interface")).toEqual([]);
    expect(factsAt(payload, "routing")).toMatchObject({ defaultInterfaceIpv4: "enp1s0" });
    expect(factsAt(payload, "routing")).not.toHaveProperty("containerInterfaceCount");
    expect(payload.lists).toMatchObject([{ isComplete: false, failure: { code: "HOST_PERMISSION_DENIED" } }]);
  });

  it("fails as a whole when nothing can be read", async () => {
    await expect(runOnce(network, new TreeHost({}))).rejects.toMatchObject({
      code: "HOST_FILE_MISSING",
      message: "/proc/1/net/dev is missing",
    });
  });
});

describe("isContainerInterface", () => {
  it.each(["veth1a2b3c4d", "cali0123456789a", "lxc_health", "lxc1234567890ab", "eni1a2b3c", "tap100i0", "fwbr100i0", "azv1"])(
    "counts %s",
    (name) => expect(isContainerInterface(name)).toBe(true),
  );

  it.each(["eth0", "enp1s0", "lxcbr0", "lxdbr0", "cni0", "flannel.1", "tap0", "tailscale0", "nic0", "docker0", "br-1a2b3c"])(
    "lists %s",
    (name) => expect(isContainerInterface(name)).toBe(false),
  );
});

describe("ipv6Of", () => {
  it.each([
    ["00000000000000000000000000000000", "::"],
    ["00000000000000000000000000000001", "::1"],
    ["20010db8000000000001000000000001", "2001:db8::1:0:0:1"],
    ["20010db8000000010001000100010001", "2001:db8:0:1:1:1:1:1"],
    ["fe800000000000000000000000000000", "fe80::"],
    ["00010000000000000000000000000000", "1::"],
  ])("writes %s as %s", (digits, address) => expect(ipv6Of(digits)).toBe(address));

  it("writes every address so that the URL parser of the platform writes it the same", () => {
    const digits = fc.array(fc.oneof(fc.constant("0000"), fc.stringMatching(/^[0-9a-f]{4}$/)), { minLength: 8, maxLength: 8 });

    fc.assert(
      fc.property(digits, (groups) => {
        const address = ipv6Of(groups.join(""));
        expect(new URL(`http://[${address}]/`).hostname).toBe(`[${address}]`);
        expect(new URL(`http://[${groups.join(":")}]/`).hostname).toBe(`[${address}]`);
      }),
    );
  });
});
