/** The part overlay_network of the probe `network`. */
import { Outcome } from "@nodekeeper/proto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { network } from "./network.ts";
import { keepFlannelInterface } from "./support/network/flannel-configuration.ts";
import { factsAt, runToPayload, subjectAt } from "./test-support/payload-view.ts";
import { denied, type TreeEntry, TreeHost } from "./test-support/tree-host.ts";

const devHeader = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`;
const routeHeader = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
const lease = "FLANNEL_NETWORK=10.42.0.0/16\nFLANNEL_SUBNET=10.42.3.1/24\nFLANNEL_MTU=1230\nFLANNEL_IPMASQ=true\n";
const subnetPath = "/run/flannel/subnet.env";
const configuration = "/etc/rancher/k3s/config.yaml";

interface Interface {
  readonly name: string;
  readonly mtu: number;
  readonly kind?: string;
  readonly lower?: string;
}

/** A node with these interfaces and files. */
function node(interfaces: readonly Interface[], files: Readonly<Record<string, TreeEntry>> = {}): TreeHost {
  const host = new TreeHost({
    "/proc/1/net/dev": devHeader + interfaces.map(({ name }) => `${name}: ${Array(16).fill(0).join(" ")}\n`).join(""),
    "/proc/1/net/route": routeHeader,
    "/proc/1/net/fib_trie": "",
    ...files,
  });
  for (const { name, mtu, kind = "", lower } of interfaces) {
    host.add(`/sys/class/net/${name}`, {
      type: "1\n",
      address: "02:00:00:00:00:01\n",
      operstate: "up\n",
      flags: "0x1003\n",
      mtu: `${mtu}\n`,
      uevent: `${kind === "" ? "" : `DEVTYPE=${kind}\n`}INTERFACE=${name}\n`,
      ...(lower !== undefined && { [`lower_${lower}`]: { link: `/sys/class/net/${lower}` } }),
    });
  }
  return host;
}

const tailscale: Interface = { name: "tailscale0", mtu: 1280 };
const ethernet: Interface = { name: "eth0", mtu: 1500 };
const vxlan: Interface = { name: "flannel.1", mtu: 1230, kind: "vxlan", lower: "tailscale0" };
const wireguard: Interface = { name: "flannel-wg", mtu: 1420, kind: "wireguard" };
const told = { network: "10.42.0.0/16", subnet: "10.42.3.1/24", mtuBytes: 1230 };

async function overlayOf(host: TreeHost): Promise<unknown> {
  return factsAt(await runToPayload(network, host), "overlay_network");
}

describe("overlay_network", () => {
  it("tells flannel's VXLAN and the interface below it, as the kernel links them", async () => {
    const host = node([ethernet, tailscale, vxlan], { [subnetPath]: lease, [configuration]: "flannel-iface: eth0\n" });

    expect(await overlayOf(host)).toEqual({
      ...told,
      backend: "vxlan",
      interfaceName: "flannel.1",
      interfaceMtuBytes: 1230,
      underlyingInterfaceName: "tailscale0",
      underlyingMtuBytes: 1280,
    });
  });

  it.each<[string, Readonly<Record<string, TreeEntry>>, string]>([
    ["config.yaml", { [configuration]: 'token: secret\n"flannel-iface": "eth0" # LAN\n' }, "eth0"],
    [
      "a later file",
      { [configuration]: "flannel-iface: eth0\n", [`${configuration}.d/10-mesh.yaml`]: "flannel-iface: tailscale0\r\n" },
      "tailscale0",
    ],
    [
      "the command line",
      {
        [configuration]: "flannel-iface: eth0\n",
        "/etc/systemd/system/k3s-agent.service":
          "ExecStart=/usr/local/bin/k3s \\\n    agent \\\n\t'--token' \\\n\t'secret' \\\n\t'--flannel-iface' \\\n\t'tailscale0' \\\n",
      },
      "tailscale0",
    ],
    [
      "the command line, in one word",
      { "/etc/systemd/system/k3s.service": "ExecStart=k3s server --flannel-iface=eth0\n" },
      "eth0",
    ],
    ["nothing", { [configuration]: "# flannel-iface: eth0\nnode-ip: 192.0.2.1\n" }, ""],
    ["a file that it may not read", { [configuration]: denied(configuration) }, ""],
  ])("takes what K3s was told where the kernel does not say: by %s", async (_, files, expected) => {
    const facts = await overlayOf(node([ethernet, tailscale, wireguard], { [subnetPath]: lease, ...files }));

    expect(facts).toMatchObject({ backend: "wireguard", interfaceName: "flannel-wg", interfaceMtuBytes: 1420 });
    if (expected === "") expect(facts).not.toHaveProperty("underlyingInterfaceName");
    else
      expect(facts).toMatchObject({ underlyingInterfaceName: expected, underlyingMtuBytes: expected === "eth0" ? 1500 : 1280 });
  });

  it("sees host-gw by the routes to other nodes' pods", async () => {
    const route = "eth0\t00012A0A\t0201A8C0\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0\n";

    const facts = await overlayOf(node([ethernet], { [subnetPath]: lease, "/proc/1/net/route": routeHeader + route }));

    expect(facts).toEqual({ ...told, backend: "host-gw", underlyingInterfaceName: "eth0", underlyingMtuBytes: 1500 });
  });

  it("leaves unknown what nothing says", async () => {
    expect(await overlayOf(node([ethernet], { [subnetPath]: lease }))).toEqual(told);
  });

  it("tells a network of IPv6 by its own interface", async () => {
    const env = "FLANNEL_IPV6_NETWORK=fd42::/56\nFLANNEL_IPV6_SUBNET=fd42:0:0:3::1/64\nFLANNEL_MTU=1430\n";
    const own: Interface = { name: "flannel-v6.1", mtu: 1430, kind: "vxlan", lower: "eth0" };

    const facts = await overlayOf(node([ethernet, vxlan, own], { [subnetPath]: env }));

    expect(facts).toMatchObject({ network: "fd42::/56", interfaceName: "flannel-v6.1", underlyingInterfaceName: "eth0" });
  });

  it("is absent where flannel does not run, and asks no configuration there", async () => {
    const host = node([ethernet], { [configuration]: "flannel-iface: eth0\n" });
    const asked: string[] = [];
    const readText = host.readText.bind(host);
    host.readText = (path) => {
      asked.push(path);
      return readText(path);
    };

    expect(await overlayOf(host)).toBe("absent");
    expect(asked.filter((path) => path.startsWith("/etc/rancher"))).toEqual([]);
  });

  it.each<[TreeEntry, string]>([
    ["", 'HOST_ANSWER_MALFORMED: /run/flannel/subnet.env: FLANNEL_MTU is not a number: ""'],
    [lease.replace("1230", "many"), 'HOST_ANSWER_MALFORMED: /run/flannel/subnet.env: FLANNEL_MTU is not a number: "many"'],
    [
      lease.replace("1230", "99999"),
      'HOST_ANSWER_MALFORMED: /run/flannel/subnet.env: FLANNEL_MTU is not within 0 and 65536: "99999"',
    ],
    [lease.replace("/16", ""), 'HOST_ANSWER_MALFORMED: /run/flannel/subnet.env: FLANNEL_NETWORK is no network: "10.42.0.0"'],
    [denied(subnetPath), "HOST_PERMISSION_DENIED: cannot read /run/flannel/subnet.env: permission denied (EACCES)"],
  ])("fails alone on %j", async (entry, message) => {
    const payload = await runToPayload(network, node([ethernet, vxlan], { [subnetPath]: entry }));

    expect(factsAt(payload, "overlay_network")).toBe(message);
    expect(subjectAt(payload, "network_interface", "eth0").outcome).toBe(Outcome.OK);
  });

  it("gives values in their range, or fails clearly, whatever the file holds", async () => {
    const damaged = fc
      .tuple(fc.nat(lease.length), fc.nat(9), fc.string({ maxLength: 9 }))
      .map(([at, length, put]) => lease.slice(0, at) + put + lease.slice(at + length));
    await fc.assert(
      fc.asyncProperty(fc.oneof(damaged, fc.string()), async (text) => {
        const subject = subjectAt(
          await runToPayload(network, node([ethernet, vxlan], { [subnetPath]: text })),
          "overlay_network",
        );

        if (subject.value.case !== "overlayNetwork") {
          expect(subject.failure?.code).toBe("HOST_ANSWER_MALFORMED");
          return;
        }
        const { mtuBytes = 0, network: whole, subnet } = subject.value.value;
        expect(Number.isInteger(mtuBytes) && mtuBytes >= 0 && mtuBytes <= 65_536).toBe(true);
        for (const prefix of [whole, subnet]) expect(prefix).toMatch(/^\S{4,64}$/);
      }),
      { numRuns: 300 },
    );
  });

  it("keeps nothing of K3s's files but the name of an interface", () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom(
        "token: K10secret",
        "flannel-iface: eth0",
        "--flannel-iface 'eth0'",
        "flannel-iface: [eth0]",
        "flannel-iface:",
      ),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const kept = keepFlannelInterface(lines.join("\n"));

        expect(kept).toMatch(/^(?:flannel-iface: [\w.-]{1,15}\n)?$/);
        expect(keepFlannelInterface(kept)).toBe(kept);
      }),
    );
  });
});
