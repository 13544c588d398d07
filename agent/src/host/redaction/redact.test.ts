import { describe, expect, it } from "vitest";
import type { RecordingContent } from "../recording-content.ts";
import { redact } from "./redact.ts";

function contentOf(files: Readonly<Record<string, string>>): RecordingContent {
  return {
    files: Object.entries(files).map(([path, text]) => ({ path, text, encoding: "utf8" })),
    folders: [],
    links: [],
    outputs: [],
    recording: { format: 1, recordedAtUnixMs: 0, uptimeMs: 0, unread: [], errors: [], usages: [], commands: [] },
  };
}

function redacted(files: Readonly<Record<string, string>>): readonly string[] {
  return redact(contentOf(files), Buffer.alloc(32, 7)).content.files.map(({ text }) => text.trim());
}

describe("redact", () => {
  it("replaces a host name in the name of a volume group, where each dash stands twice", () => {
    const [hostName = "", volume] = redacted({
      "/proc/sys/kernel/hostname": "alice-laptop\n",
      "/sys/block/dm-0/dm/name": "alice--laptop--vg-root\n",
    });

    expect(hostName).toMatch(/^[a-z]{5}-[a-z]{6}$/);
    expect(hostName).not.toBe("alice-laptop");
    expect(volume).toBe(`${hostName.replace("-", "--")}--vg-root`);
  });

  it("replaces an identifier by the same one whether or not blanks stand in it", () => {
    const [wwid = "", printed = ""] = redacted({
      "/sys/block/nvme0n1/wwid": "eui.0025385b71b0b1d5\n",
      "/smartctl": "Namespace 1 IEEE EUI-64:            002538 5b71b0b1d5\n",
    });

    expect(wwid).not.toBe("eui.0025385b71b0b1d5");
    expect(`eui.${printed.slice(printed.indexOf(":") + 1).replaceAll(" ", "")}`).toBe(wwid);
  });

  it("leaves out what the kernel's audit says of logins", () => {
    const [text] = redacted({
      "/dev/kmsg":
        "5,7,1000,-;audit: type=1105 audit(1700000000.1:9): pid=5 uid=0 msg='op=PAM:session_open acct=\"alice\" hostname=cat'\n",
    });

    expect(text).toBe("5,7,1000,-;audit: (left out)");
  });

  it("replaces the name of a server behind the kernel's escapes for backslashes", () => {
    const [mounts = "", log] = redacted({
      "/proc/1/mountinfo": "58 28 0:44 / /mnt/x rw shared:31 - cifs //filesrv3/media rw\n",
      "/dev/kmsg": "3,7,1000,-;CIFS: VFS: \\x5c\\x5cfilesrv3 has not responded in 180 seconds. Reconnecting...\n",
    });
    const server = /\/\/(\w+)\//.exec(mounts)?.[1];

    expect(server).not.toBe("filesrv3");
    expect(log).toBe(`3,7,1000,-;CIFS: VFS: \\x5c\\x5c${server} has not responded in 180 seconds. Reconnecting...`);
  });
});
