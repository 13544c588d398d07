import { describe, expect, it } from "vitest";
import type { RecordingContent } from "../recording-content.ts";
import { redact } from "./redact.ts";

function contentOf(files: Readonly<Record<string, string>>): RecordingContent {
  return {
    files: Object.entries(files).map(([path, text]) => ({ path, text, encoding: "utf8" })),
    folders: [],
    links: [],
    outputs: [],
    recording: {
      format: 1,
      recordedAtUnixMs: 0,
      uptimeMs: 0,
      unread: [],
      errors: [],
      usages: [],
      commands: [],
      services: [],
      holders: [],
    },
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

describe("redact, of what services answer", () => {
  const nodeKey = "nodekey:5d1f3a7c9b2e4f6081a3c5e7d9fb1f2e3d4c5b6a79880716253443526170f9e8";
  const status = {
    AuthURL: "https://login.tailscale.com/a/1f2e3d4c5b6a",
    TailscaleIPs: ["100.101.102.103", "fd7a:115c:a1e0:ab12:4843:cd96:6265:6667"],
    Self: {
      ID: "n7jg4XCQV911CNTRL",
      PublicKey: nodeKey,
      HostName: "winterfell",
      DNSName: "winterfell.tail9f3c2.ts.net.",
      UserID: 6173925504821337,
    },
    MagicDNSSuffix: "tail9f3c2.ts.net",
    CurrentTailnet: { Name: "arya@stark.example", MagicDNSSuffix: "tail9f3c2.ts.net" },
    Peer: {
      [nodeKey.replace("5d1f", "6e2a")]: {
        ID: "nKp3v8RWq711CNTRL",
        HostName: "peer",
        DNSName: "peer.tail9f3c2.ts.net.",
        TailscaleIPs: ["100.99.98.97"],
        CurAddr: "93.184.216.34:41641",
        sshHostKeys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHx8Zq0Qw3b7"],
      },
    },
    User: {
      "6173925504821337": {
        ID: 6173925504821337,
        LoginName: "arya@stark.example",
        DisplayName: "Arya Stark",
        ProfilePicURL: "https://pics.example/arya/1.jpg",
      },
    },
  };
  const content: RecordingContent = {
    ...contentOf({
      "/etc/passwd": "root:0\nollama:998\narya:1000\n",
      "/proc/42/cgroup":
        "0::/kubepods.slice/kubepods-pod0d6ff2c8_6f4a_4b2e_9d3a_7c1f5e8b9a01.slice/cri-containerd-3f4b1c0e9a7d5e2f8c6b4a1d0e9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f.scope\n",
      "/proc/43/environ":
        "OLLAMA_HOST=0.0.0.0\0OLLAMA_ORIGINS=https://chat.stark.example,http://admin:hunter2secret@kiosk.example",
    }),
    folders: ["/var/log/pods/ai_server_0d6ff2c8-6f4a-4b2e-9d3a-7c1f5e8b9a01"],
    outputs: [
      { name: "services/01-tailscale-status", text: JSON.stringify(status) },
      {
        name: "services/02-ollama-show",
        text: JSON.stringify({
          system: "You serve House Stark.",
          modelfile: "FROM x",
          license: "long",
          model_info: { "llama.context_length": 4096 },
        }),
      },
      {
        name: "commands/01-nvidia-smi.stdout",
        text: "<uuid>GPU-b7447c3b-a9ed-10a9-690e-cdc62c74d8b2</uuid><serial>1324517001234</serial>",
      },
      {
        name: "commands/02-nvml.stdout",
        text: '{"uuid":"GPU-b7447c3b-a9ed-10a9-690e-cdc62c74d8b2","serialNumber":"1324517001234"}',
      },
    ],
    recording: {
      ...contentOf({}).recording,
      services: [
        {
          request: { service: "tailscale", question: "ping", address: "100.99.98.97" },
          answer: { code: "PEER_UNREACHABLE", message: "arya's" },
        },
      ],
      holders: [{ pathPrefixes: ["/dev/nvidia0"], answer: { holders: [{ pid: 42, path: "/dev/nvidia0" }] } }],
    },
  };
  const { content: result } = redact(content, Buffer.alloc(32, 7));
  const outputs = result.outputs.map(({ text }) => text);
  const [statusNow = "", shown = "", xml = "", nvml = ""] = outputs;

  it("leaves nothing that tells whose it is", () => {
    const everything = JSON.stringify(result).toLowerCase();

    const telling = [
      ...[
        "winterfell",
        "arya",
        "stark",
        "tail9f3c2",
        "n7jg4xcqv911cntrl",
        "nkp3v8rwq711cntrl",
        "5d1f3a7c9b2e",
        "6e2a3a7c9b2e",
        "1f2e3d4c5b6a",
      ],
      ...[
        "100.101.102.103",
        "100.99.98.97",
        "fd7a:",
        "93.184.216.34",
        "6173925504821337",
        "AAAAIHx8Zq0Qw3b7",
        "hunter2secret",
        "pics.example",
      ],
      ...["b7447c3b", "1324517001234", "0d6ff2c8", "3f4b1c0e9a7d", "house stark"],
    ];
    expect(telling.filter((word) => everything.includes(word.toLowerCase()))).toEqual([]);
  });

  it("gives the same for the same: name and DNS name, address and request, uid of a pod in both spellings, GPU by both ways of asking", () => {
    const now = JSON.parse(statusNow);
    const [peer] = Object.values<{ TailscaleIPs: string[]; DNSName: string }>(now.Peer);

    expect(now.Self.DNSName).toBe(`${now.Self.HostName}.${now.MagicDNSSuffix}.`);
    expect(now.MagicDNSSuffix).toMatch(/^[a-z]{4}[0-9a-z]{5}\.ts\.net$/);
    expect(peer?.DNSName.endsWith(`.${now.MagicDNSSuffix}.`)).toBe(true);
    expect(Object.keys(now.User)).toEqual([String(now.Self.UserID)]);
    expect(result.recording.services[0]?.request).toEqual({
      service: "tailscale",
      question: "ping",
      address: peer?.TailscaleIPs[0],
    });
    const [folder = ""] = result.folders;
    const cgroup = result.files.find(({ path }) => path.endsWith("/cgroup"))?.text;
    expect(cgroup).toContain(`pod${folder.slice(folder.lastIndexOf("_") + 1).replaceAll("-", "_")}.slice`);
    expect(nvml).toContain(/GPU-[0-9a-f-]{36}/.exec(xml)?.[0] ?? "nothing");
    expect(nvml).toContain(/<serial>(\d+)</.exec(xml)?.[1] ?? "nothing");
  });

  it("keeps the fields of an answer though a peer is called like one, and what is no identity", () => {
    expect(Object.keys(JSON.parse(statusNow))).toEqual(Object.keys(status));
    expect(JSON.parse(shown)).toEqual({
      system: "(left out)",
      modelfile: "(left out)",
      license: "(left out)",
      model_info: { "llama.context_length": 4096 },
    });
    expect(result.files.find(({ path }) => path === "/etc/passwd")?.text).toMatch(/^root:0\nollama:998\n[a-z]{4}:1000\n$/);
    expect(result.recording.holders).toEqual(content.recording.holders);
  });
});
