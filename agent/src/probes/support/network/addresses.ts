/** IP addresses as the kernel prints them in hexadecimal, as people write them. */

/** "0102A8C0" (as on every little-endian machine) as "192.168.2.1"; undefined where it is no such word. */
export function ipv4Of(hexadecimal: string): string | undefined {
  if (!/^[0-9A-Fa-f]{8}$/.test(hexadecimal)) return undefined;
  return [6, 4, 2, 0].map((at) => Number.parseInt(hexadecimal.slice(at, at + 2), 16)).join(".");
}

/** 32 hexadecimal digits as an address in the form of RFC 5952; undefined where they are none. */
export function ipv6Of(hexadecimal: string): string | undefined {
  if (!/^[0-9A-Fa-f]{32}$/.test(hexadecimal)) return undefined;
  const groups = Array.from({ length: 8 }, (_, index) => Number.parseInt(hexadecimal.slice(index * 4, index * 4 + 4), 16));
  const text = groups.map((group) => group.toString(16)).join(":");
  const zeros = [...text.matchAll(/(?:^|:)(0(?::0)+)(?=:|$)/g)].sort((a, b) => (b[1] ?? "").length - (a[1] ?? "").length)[0];
  if (zeros === undefined) return text;
  return `${text.slice(0, zeros.index)}::${text.slice(zeros.index + zeros[0].length + 1)}`;
}

/** The address as a number, for masks. */
export function ipv4Number(address: string): number {
  return address.split(".").reduce((number, part) => number * 256 + Number(part), 0);
}
