import { AppError } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import { createOllamaProbe } from "./ollama.ts";
import { ipv4Listener, ipv6Listener, OllamaHost } from "./test-support/ollama-machine.ts";
import { factsAt, runToPayload } from "./test-support/payload-view.ts";
import { denied } from "./test-support/tree-host.ts";

const probe = createOllamaProbe();
const container = `/system.slice/docker-${"ab".repeat(32)}.scope`;
const everywhere = ipv6Listener("0".repeat(32));
const loopback = ipv4Listener("0100007F");
/** As the kernel prints 100.115.3.88 of a tailnet. */
const tailnet = ipv4Listener("58037364");
const fibTrie = (address: string): string =>
  [
    "Main:",
    "  +-- 0.0.0.0/0 3 0 5",
    `     |-- ${address}`,
    "        /32 host LOCAL",
    "     |-- 127.0.0.1",
    "        /32 host LOCAL",
    "",
  ].join("\n");

describe("ollama: the endpoint", () => {
  it.each([
    ["127.0.0.1:11434", loopback, undefined, "127.0.0.1"],
    ["127.0.0.1:11434 in an IPv6 socket", ipv6Listener("0000000000000000FFFF00000100007F"), undefined, "127.0.0.1"],
    ["[::1]:11434", ipv6Listener("00000000000000000000000001000000"), undefined, "::1"],
    ["0.0.0.0:11434", ipv4Listener("00000000"), ["0.0.0.0:11434"], "127.0.0.1"],
    ["[::]:11434", everywhere, ["[::]:11434"], "127.0.0.1"],
    ["100.115.3.88:11434", tailnet, ["100.115.3.88:11434"], "100.115.3.88"],
    ["fd7a:115c:a1e0::1", ipv6Listener("5C117AFD0000E0A10000000001000000"), ["[fd7a:115c:a1e0::1]:11434"], "fd7a:115c:a1e0::1"],
  ])("of a server that listens on %s", async (_, listener, addresses, askedAt) => {
    const host = new OllamaHost();
    host.start({ listeners: [listener] });

    const payload = await runToPayload(probe, host);

    expect(host.askedAt[0]).toEqual({ address: askedAt, port: 11_434 });
    if (addresses === undefined) expect(factsAt(payload, "ollama_endpoint")).toMatch(/^OLLAMA_LOOPBACK_ONLY: /);
    else expect(factsAt(payload, "ollama_endpoint")).toEqual({ addresses });
  });

  it("on the loopback only has failed, with what to do about it", async () => {
    const host = new OllamaHost();
    host.entries.set("/etc/systemd/system/ollama.service", "[Service]\n");
    host.start();
    const advice = async (): Promise<unknown> => factsAt(await runToPayload(probe, host), "ollama_endpoint");

    expect(await advice()).toBe(
      'OLLAMA_LOOPBACK_ONLY: Ollama listens on 127.0.0.1:11434 only: no other machine can reach it. systemctl edit ollama.service, add the lines [Service] and Environment="OLLAMA_HOST=0.0.0.0" (or an address of this machine in the place of 0.0.0.0), then systemctl restart ollama.service',
    );

    host.entries.set("/etc/systemd/system/ollama.service.d/override.conf", '[Service]\nEnvironment="OLLAMA_HOST=0.0.0.0"\n');
    expect(await advice()).toContain("Its unit says OLLAMA_HOST=0.0.0.0 already: systemctl restart ollama.service");

    host.start({ cgroup: "/user.slice/user-1000.slice/session-2.scope", listeners: [ipv4Listener("0100007F", 8_080)] });
    expect(await advice()).toContain("Start it with OLLAMA_HOST=0.0.0.0:8080 in its environment");

    host.start({ cgroup: container });
    expect(await advice()).toContain("Set OLLAMA_HOST=0.0.0.0 in the environment of its container");
  });

  it("is asked at another address of the machine by an agent in a container, to whom the loopback is its own", async () => {
    const host = new OllamaHost("/host");
    host.start({ listeners: [everywhere] });
    host.entries.set("/proc/1/net/fib_trie", fibTrie("192.168.1.20"));
    expect(factsAt(await runToPayload(probe, host), "ollama_server")).toMatchObject({ version: "0.32.15" });
    expect(host.askedAt[0]).toEqual({ address: "192.168.1.20", port: 11_434 });

    host.askedAt.length = 0;
    await runToPayload(createOllamaProbe("100.79.124.94"), host);
    expect(host.askedAt[0]).toEqual({ address: "100.79.124.94", port: 11_434 });
  });

  it("on the loopback only is not asked by an agent in a container: the rest is read, and no model is said to be gone", async () => {
    const host = new OllamaHost("/host");
    host.start({ environment: ["OLLAMA_KEEP_ALIVE=-1"] });

    const payload = await runToPayload(createOllamaProbe("100.79.124.94"), host);

    expect(host.askedAt).toEqual([]);
    expect(factsAt(payload, "ollama_server")).toMatchObject({ isRunning: true, settings: { keepAlive: "-1" } });
    expect(payload.lists.map(({ kind, isComplete, failure }) => [kind, isComplete, failure?.code])).toEqual([
      ["ollama_model", false, "OLLAMA_LOOPBACK_ONLY"],
      ["ollama_loaded_model", false, "OLLAMA_LOOPBACK_ONLY"],
    ]);
  });

  it("of a container is an address of its own network", async () => {
    const host = new OllamaHost();
    host.start({ cgroup: container, isContainer: true, listeners: [everywhere] });
    host.entries.set("/proc/2201/net/fib_trie", fibTrie("172.17.0.2"));

    const payload = await runToPayload(probe, host);

    expect(factsAt(payload, "ollama_endpoint")).toEqual({ addresses: ["172.17.0.2:11434"] });
    expect(factsAt(payload, "ollama_server")).toMatchObject({ listening: ["[::]:11434"] });
    expect(factsAt(payload, "ollama_server")).not.toHaveProperty("unit");
    expect(host.askedAt[0]).toEqual({ address: "172.17.0.2", port: 11_434 });
  });

  it("is asked at the next address where the first does not answer, and says so where none does", async () => {
    const host = new OllamaHost("/host");
    host.start({ listeners: [everywhere, tailnet] });
    host.silent.add("10.0.0.9");
    const far = createOllamaProbe("10.0.0.9");

    expect(factsAt(await runToPayload(far, host), "ollama_server")).toMatchObject({ version: "0.32.15" });
    host.silent.add("100.115.3.88");
    const payload = await runToPayload(far, host);

    expect(factsAt(payload, "ollama_server")).toMatchObject({ isRunning: true });
    expect(factsAt(payload, "ollama_server")).not.toHaveProperty("version");
    expect(payload.lists.map(({ isComplete, failure }) => [isComplete, failure?.code])).toEqual([
      [false, "PEER_UNREACHABLE"],
      [false, "PEER_UNREACHABLE"],
    ]);
  });

  it("in a recording is asked at whatever address it was asked at then, or not at all", async () => {
    const host = new OllamaHost("/recording", false);
    host.start({ listeners: [everywhere] });
    host.entries.set("/proc/1/net/fib_trie", fibTrie("192.168.1.20"));
    const notRecorded = new AppError("HOST_NOT_SUPPORTED", "it is not in the recording");
    host.ask = async (request) => {
      if (request.service === "ollama" && request.at.address !== "192.168.1.20") throw notRecorded;
      return { status: 200, text: '{"version":"0.32.15","models":[]}' };
    };
    expect(factsAt(await runToPayload(probe, host), "ollama_server")).toMatchObject({ version: "0.32.15" });

    host.start({ listeners: [loopback] });
    expect((await runToPayload(probe, host)).lists[0]?.failure?.code).toBe("OLLAMA_LOOPBACK_ONLY");
  });

  it("of a server that does not listen yet is not known", async () => {
    const host = new OllamaHost();
    host.start({ listeners: [] });

    const payload = await runToPayload(probe, host);

    expect(factsAt(payload, "ollama_endpoint")).toBe("PEER_UNREACHABLE: Ollama runs, and does not listen yet");
    expect(factsAt(payload, "ollama_server")).toMatchObject({ isRunning: true });
  });

  it("is found by the port of the settings where the sockets of the process may not be seen", async () => {
    const host = new OllamaHost();
    host.start({
      environment: ["OLLAMA_HOST=http://0.0.0.0:8080/ollama"],
      listeners: [ipv4Listener("00000000", 8_080), loopback],
    });
    host.fileHolders = async () => {
      throw denied("/proc/2201/fd");
    };

    expect(factsAt(await runToPayload(probe, host), "ollama_endpoint")).toEqual({ addresses: ["0.0.0.0:8080"] });
  });

  it("is not known where the tables of sockets cannot be read", async () => {
    const host = new OllamaHost();
    host.start();
    host.entries.set("/proc/1/net/tcp", denied("/proc/1/net/tcp"));

    expect(factsAt(await runToPayload(probe, host), "ollama_endpoint")).toMatch(/^HOST_PERMISSION_DENIED/);
  });
});
