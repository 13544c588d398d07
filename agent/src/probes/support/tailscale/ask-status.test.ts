import { AppError } from "@nodekeeper/shared";
import { describe, expect, it } from "vitest";
import { denied, TreeHost } from "../../test-support/tree-host.ts";
import { askStatus } from "./ask-status.ts";

const { signal } = new AbortController();

describe("askStatus where nobody listens", () => {
  it("does not take a place that it may not look into for one without Tailscale", async () => {
    const host = new TreeHost({ "/usr/sbin": denied("/usr/sbin") });
    host.serviceAnswers.set("tailscale status", new AppError("HOST_FILE_MISSING", "there is no socket"));

    await expect(askStatus(host, signal)).rejects.toThrow(
      /^there is no socket; whether it is installed cannot be told: .*denied/,
    );
  });

  it("finds it behind such a place", async () => {
    const host = new TreeHost({ "/usr/sbin": denied("/usr/sbin"), "/usr/local/bin/tailscaled": "" });
    host.serviceAnswers.set("tailscale status", new AppError("HOST_FILE_MISSING", "there is no socket"));

    await expect(askStatus(host, signal)).rejects.toThrow("tailscaled is installed (/usr/local/bin/tailscaled)");
  });
});
