import { AppError } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import type { CommandRunner } from "./exec.ts";
import type { CommandResult } from "./host.ts";
import { statRemoteFilesystem } from "./remote-filesystem.ts";

const options = { timeoutMs: 1_000, signal: new AbortController().signal };

function measure(answer: CommandResult | AppError, calls: (readonly string[])[] = []): ReturnType<typeof statRemoteFilesystem> {
  const run: CommandRunner["run"] = async (_, args) => {
    calls.push(args);
    if (answer instanceof AppError) throw answer;
    return answer;
  };
  return statRemoteFilesystem(
    { run, attend: async () => undefined, abandonedCount: () => 0, noteUsbReset: () => undefined },
    "/host/mnt/nas",
    "/mnt/nas",
    options,
  );
}

describe("statRemoteFilesystem", () => {
  it("asks a child where the mount lies, and counts in the mount's own blocks", async () => {
    const calls: (readonly string[])[] = [];

    const usage = measure({ exitCode: 0, stdout: "1048576 1000 600 500 20 5\n", stderr: "" }, calls);

    await expect(usage).resolves.toEqual({
      sizeBytes: 1_048_576_000,
      freeBytes: 629_145_600,
      availableBytes: 524_288_000,
      inodesTotal: 20,
      inodesFree: 5,
    });
    expect(calls).toEqual([["-f", "-c", "%S %b %f %a %c %d", "/host/mnt/nas"]]);
  });

  it.each(["HOST_COMMAND_TIMEOUT", "HOST_QUARANTINED"] as const)("says that a mount does not respond: %s", async (code) => {
    await expect(measure(new AppError(code, "cannot run stat -f /host/mnt/nas: no answer"))).rejects.toMatchObject({
      code: "HOST_MOUNT_NOT_RESPONDING",
      message: "/mnt/nas does not respond: no answer",
    });
  });

  it.each([
    {
      answer: { exitCode: 1, stdout: "", stderr: "stat: cannot read file system information: Stale file handle\n" },
      error: {
        code: "HOST_COMMAND_FAILED",
        message: "cannot measure /mnt/nas: stat: cannot read file system information: Stale file handle",
      },
    },
    {
      answer: { exitCode: 0, stdout: "4096 many\n", stderr: "" },
      error: { code: "HOST_ANSWER_MALFORMED", message: 'cannot measure /mnt/nas: stat answered "4096 many\\n"' },
    },
    {
      answer: new AppError("HOST_COMMAND_MISSING", "stat is not installed"),
      error: { code: "HOST_COMMAND_MISSING", message: "stat is not installed" },
    },
  ])("fails with the reason: $error.message", async ({ answer, error }) => {
    await expect(measure(answer)).rejects.toMatchObject(error);
  });
});
