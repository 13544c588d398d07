import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keepFstab, parseFstab } from "./fstab.ts";

describe("fstab", () => {
  it("is read with escapes, tabs and slashes at the end, without comments and what has no mount point", () => {
    const text = "# a\nUUID=1\t/mnt/with\\040space/\text4\tnoauto,x\t0 2\n/swap none swap sw\n\n/dev/sda1 / ext4\n";

    expect(parseFstab(text)).toEqual([
      { source: "UUID=1", mountPoint: "/mnt/with space", type: "ext4", isAutomatic: false },
      { source: "/dev/sda1", mountPoint: "/", type: "ext4", isAutomatic: true },
    ]);
  });

  it("is kept without options", () => {
    expect(keepFstab("//nas/x /mnt/nas cifs user=u,password=s3cret 0 0\n")).toBe("//nas/x /mnt/nas cifs defaults\n");
  });

  it("says the same of what was kept, whatever it was", () => {
    const word = fc.string({ unit: "grapheme" });
    const line = fc.oneof(
      word,
      fc.tuple(word, word, word).map(([source, place, options]) => `${source} /${place} ext4 ${options}`),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const kept = keepFstab(lines.join("\n"));

        expect(parseFstab(kept)).toEqual(parseFstab(lines.join("\n")));
        expect(keepFstab(kept)).toBe(kept);
      }),
    );
  });
});
