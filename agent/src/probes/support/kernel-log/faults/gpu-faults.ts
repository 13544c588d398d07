/** GPUs. Source of the texts: drivers/gpu of Linux, and NVIDIA's driver, which is not in it. */
import { debianKernel, type FaultKind } from "../fault-kind.ts";
import { xids } from "../xids.ts";

const triggers = ["gpu"];
const nvidiaReports = "field reports; the driver is NVIDIA's";

const xid: FaultKind = {
  code: "nvidia-xid",
  area: "gpu",
  severity: "warning",
  meaning: "NVIDIA's driver reports an event by its number, which stands in the code.",
  triggers,
  forms: [
    {
      pattern: /^NVRM: Xid \((?:PCI:)?(?<device>[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2})[^)]{0,40}\): (?<number>\d{1,4})\b/,
      format: "NVRM: Xid (PCI:%04x:%02x:%02x): %u, ",
      confirmed: "recorded logs; the driver is NVIDIA's",
      example: "NVRM: Xid (PCI:0000:9b:00): 119, pid=2024380, name=nvidia-smi, Timeout after 6s of waiting for RPC response",
      device: "0000:9b:00.0",
    },
  ],
};

/** What GPUs and their drivers say. */
export const gpuFaults: readonly FaultKind[] = [
  {
    ...xid,
    numbered: new Map(xids.map(({ number, severity, meaning, action }) => [number, { ...xid, severity, meaning, action }])),
  },
  {
    code: "gpu-lost",
    area: "gpu",
    severity: "fault",
    meaning: "A GPU does not answer on its bus any more.",
    triggers,
    forms: [
      {
        pattern:
          /^NVRM: (?:GPU (?:at )?(?:PCI:)?|The NVIDIA GPU )(?<device>[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2})(?:\.\d)?:? .{0,20}has fallen off the bus/,
        format: "NVRM: GPU at PCI:%s has fallen off the bus.",
        confirmed: nvidiaReports,
        example: "NVRM: GPU 0000:01:00.0: GPU has fallen off the bus.",
        device: "0000:01:00.0",
      },
      {
        pattern: /^NVRM: fallen off the bus and is not responding to commands/,
        format: "NVRM: fallen off the bus and is not responding to commands.",
        confirmed: nvidiaReports,
        example: "NVRM: fallen off the bus and is not responding to commands.",
        device: "",
      },
    ],
  },
  {
    code: "gpu-start-failed",
    area: "gpu",
    severity: "fault",
    meaning: "NVIDIA's driver could not start a GPU.",
    triggers,
    forms: [
      {
        pattern: /^NVRM: GPU (?<device>[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.\d): RmInitAdapter failed!/,
        format: "NVRM: GPU %s: RmInitAdapter failed! (0x%x:0x%x:%d)",
        confirmed: nvidiaReports,
        example: "NVRM: GPU 0000:01:00.0: RmInitAdapter failed! (0x24:0x65:1426)",
        device: "0000:01:00.0",
      },
    ],
  },
  {
    code: "gpu-driver-mismatch",
    area: "gpu",
    severity: "warning",
    meaning:
      "A program has another version of NVIDIA's library than the driver in the kernel: restart the machine after an upgrade.",
    triggers,
    forms: [
      {
        pattern: /^NVRM: API mismatch: /,
        format: "NVRM: API mismatch: the client has the version %s, but",
        confirmed: nvidiaReports,
        example: "NVRM: API mismatch: the client has the version 550.144.03, but",
        device: "",
      },
    ],
  },
  {
    code: "gpu-hang",
    area: "gpu",
    severity: "warning",
    meaning: "A GPU did not finish its work and is reset.",
    triggers,
    forms: [
      {
        pattern:
          /^(?:amdgpu|radeon) (?<device>[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.\d): .{0,40}ring \S{1,40} timeout, signaled/,
        format: "ring %s timeout, signaled seq=%u, emitted seq=%u",
        confirmed: debianKernel,
        example: "amdgpu 0000:03:00.0: amdgpu: ring gfx_0.0.0 timeout, signaled seq=81, emitted seq=83",
        device: "0000:03:00.0",
      },
      {
        pattern: /^(?:i915|xe) (?<device>[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.\d): (?:\[drm\] )?GPU HANG: ecode /,
        format: "GPU HANG: ecode %d:%x:%08x",
        confirmed: debianKernel,
        example: "i915 0000:00:02.0: [drm] GPU HANG: ecode 12:1:85dffffb, in ollama [4711]",
        device: "0000:00:02.0",
      },
    ],
  },
];
