/** /etc/fstab, see fstab(5): what is meant to be mounted where. Of the options, which may name passwords, only `noauto` is taken. */

/** A filesystem that is meant to be mounted. */
export interface FstabEntry {
  /** As it stands there: UUID=…, /dev/…, server:/path. */
  readonly source: string;
  readonly mountPoint: string;
  readonly type: string;
  /** False where it is mounted only by hand. */
  readonly isAutomatic: boolean;
}

/** The entries that have a mount point, with the rest left out. Lines that are none are ignored, as mount does. */
export function parseFstab(text: string): readonly FstabEntry[] {
  return text.split("\n").flatMap((line) => {
    const [source, mountPoint, type, options = ""] = line.replaceAll(/^[ \t]+|[ \t\r]+$/g, "").split(/[ \t]+/);
    if (source === undefined || source.startsWith("#") || mountPoint?.startsWith("/") !== true || type === undefined) return [];
    const place = unescaped(mountPoint).replace(/(.)\/+$/, "$1");
    return [{ source: unescaped(source), mountPoint: place, type, isAutomatic: !options.split(",").includes("noauto") }];
  });
}

/** The same entries as a file that says the same again. */
export function keepFstab(text: string): string {
  return parseFstab(text)
    .map(({ source, mountPoint, type, isAutomatic }) =>
      [escaped(source), escaped(mountPoint), type, isAutomatic ? "defaults" : "noauto"].join(" "),
    )
    .map((line) => `${line}\n`)
    .join("");
}

function unescaped(text: string): string {
  return text.replaceAll(/\\([0-3][0-7]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

function escaped(text: string): string {
  return text.replaceAll(/[\\# \t\n\r]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`);
}
