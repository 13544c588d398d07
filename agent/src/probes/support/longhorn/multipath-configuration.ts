/** Whether multipathd leaves Longhorn's devices alone, see multipath.conf(5): Longhorn's volumes are SCSI disks of the vendor IET. */

/** True where a blacklist names all SCSI disks by their names, or Longhorn's by vendor and product. */
export function leavesLonghornAlone(texts: readonly string[]): boolean {
  return texts.some((text) => {
    const blacklists = text.replaceAll(/^[ \t]*#.*$/gm, "").matchAll(/^[ \t]*blacklist[ \t]*\{((?:[^{}]|\{[^{}]*\})*)\}/gm);
    return [...blacklists].some(([, body = ""]) => namesEveryDisk(body) || namesLonghorn(body));
  });
}

/** Names that a volume may get: Longhorn's come after the machine's own. */
const exampleNames: readonly string[] = ["sda", "sdb", "sdz", "sdaa"];
const vendor = "IET";
const product = "VIRTUAL-DISK";

function namesEveryDisk(body: string): boolean {
  const patterns = [...body.matchAll(/^[ \t]*devnode[ \t]+"?([^"\n]{1,128}?)"?[ \t]*$/gm)].map(([, pattern = ""]) => pattern);
  return exampleNames.every((name) => patterns.some((pattern) => matches(pattern, name)));
}

function namesLonghorn(body: string): boolean {
  return [...body.matchAll(/device[ \t]*\{([^{}]*)\}/g)].some(([, device = ""]) => {
    const [ownVendor, ownProduct] = ["vendor", "product"].map(
      (key) => new RegExp(`^[ \\t]*${key}[ \\t]+"?([^"\\n]{1,128}?)"?[ \\t]*$`, "m").exec(device)?.[1],
    );
    return ownVendor !== undefined && matches(ownVendor, vendor) && (ownProduct === undefined || matches(ownProduct, product));
  });
}

/** Patterns are POSIX's, which for such names are the same as ours; what we cannot read names nothing. "!" turns one round. */
function matches(pattern: string, name: string): boolean {
  try {
    return pattern.startsWith("!") ? !new RegExp(pattern.slice(1)).test(name) : new RegExp(pattern).test(name);
  } catch {
    return false;
  }
}
