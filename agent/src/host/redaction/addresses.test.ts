import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ipv4Number, ipv4Text, isCommonIpv4, mapIpv4, networkOf } from "./addresses.ts";
import { createIpv6Map, ipv6Groups, ipv6Text } from "./ipv6.ts";

const number = (text: string): number => ipv4Number(text) ?? Number.NaN;

describe("mapIpv4", () => {
  it("moves networks of 256 into the ranges of documentation, and keeps the host's number", () => {
    const map = mapIpv4([networkOf(number("192.168.1.0"), 24)], [number("192.168.1.7"), number("8.8.4.4")]);

    expect(ipv4Text(map(number("192.168.1.7")))).toMatch(/^(?:192\.0\.2|198\.51\.100|203\.0\.113)\.7$/);
    expect(ipv4Text(map(number("8.8.4.4")))).toMatch(/^(?:192\.0\.2|198\.51\.100|203\.0\.113)\.4$/);
  });

  it("never gives out a network that the host has itself", () => {
    const map = mapIpv4([networkOf(number("192.0.2.0"), 24), networkOf(number("198.51.100.0"), 24)], []);

    expect(ipv4Text(map(number("192.0.2.1")))).toBe("203.0.113.1");
    expect(ipv4Text(map(number("198.51.100.1")))).toBe("198.18.0.1");
  });

  it("leaves what is the same everywhere", () => {
    const map = mapIpv4([], [number("127.0.0.1")]);

    for (const text of ["0.0.0.0", "127.0.0.1", "224.0.0.251", "255.255.255.0"]) expect(ipv4Text(map(number(text)))).toBe(text);
  });

  it("keeps which address lies in which network, and gives no two addresses the same place", () => {
    const address = fc.integer({ min: 1, max: 0xdfff_ffff }).filter((one) => !isCommonIpv4(one));
    const network = fc.tuple(address, fc.integer({ min: 8, max: 30 })).map(([one, length]) => networkOf(one, length));
    fc.assert(
      fc.property(
        fc.array(network, { maxLength: 6 }),
        fc.array(address, { minLength: 2, maxLength: 12 }),
        (networks, addresses) => {
          fc.pre(
            networks.every(({ start }) => !isCommonIpv4(start)) &&
              networks.filter(({ prefixLength }) => prefixLength < 15).length < 5,
          );
          const map = mapIpv4(networks, [...addresses, ...networks.map(({ start }) => start)]);

          for (const { start, prefixLength } of networks) {
            const moved = networkOf(map(start), prefixLength);
            expect(moved.start).toBe(map(start));
            for (const one of addresses) {
              expect(networkOf(map(one), prefixLength).start === moved.start).toBe(networkOf(one, prefixLength).start === start);
            }
          }
          expect(new Set(addresses.map(map)).size).toBe(new Set(addresses).size);
        },
      ),
    );
  });
});

describe("createIpv6Map", () => {
  const map = createIpv6Map(new Uint8Array(32));
  const moved = (text: string): string => ipv6Text(map(ipv6Groups(text) ?? []));

  it("moves networks into the range of documentation, and keeps numbers that say nothing", () => {
    expect(moved("fd12:3456:789a::1")).toMatch(/^2001:db8:.*::1$/);
    expect(moved("fd12:3456:789a::")).toMatch(/^2001:db8:.*::$/);
    expect(moved("fd12:3456:789a::1").replace(/1$/, "2")).toBe(moved("fd12:3456:789a::2"));
  });

  it("hides the MAC address in a link-local address, and keeps it link-local", () => {
    expect(moved("fe80::da3a:ddff:fe01:2345")).toMatch(/^fe80::/);
    expect(moved("fe80::da3a:ddff:fe01:2345")).not.toContain("ddff");
  });

  it("leaves what is the same everywhere", () => {
    for (const text of ["::", "::1", "ff02::1"]) expect(moved(text)).toBe(text);
  });
});

describe("ipv6Text", () => {
  it("writes as RFC 5952 says, and reads it back", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom("0000", "0001", "0db8", "fe80"), { minLength: 8, maxLength: 8 }), (groups) => {
        expect(ipv6Groups(ipv6Text(groups))).toEqual(groups);
        expect(ipv6Text(groups)).not.toMatch(/:::|(?:^|:)0\d/);
      }),
    );
    expect(ipv6Text(["2001", "0db8", "0000", "0000", "0001", "0000", "0000", "0001"])).toBe("2001:db8::1:0:0:1");
  });
});
