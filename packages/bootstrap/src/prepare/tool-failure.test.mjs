import { describe, expect, it } from "vitest";

import { explainInstallFailure } from "./tool-failure.mjs";

/** What npm 11 and pnpm 10 print, shortened to the telling lines. */
const outputs = [
  {
    name: "a host that has no address",
    output: "npm error code ENOTFOUND\nnpm error network request to http://registry.example/pnpm failed",
    code: 13,
    words: "could not be reached (ENOTFOUND)",
  },
  {
    name: "a name server that does not answer",
    output: " WARN  GET http://registry.example/ws error (EAI_AGAIN). Will retry in 1 second.",
    code: 13,
    words: "could not be reached (EAI_AGAIN)",
  },
  {
    name: "a registry that answers with an error",
    output: " ERR_PNPM_FETCH_503  GET http://registry.example/ws: Service Unavailable - 503",
    code: 13,
    words: "could not be reached (ERR_PNPM_FETCH_503)",
  },
  {
    name: "a registry that wants a login",
    output: "npm error code E401\nnpm error Unable to authenticate",
    code: 13,
    words: "refused access (E401)",
  },
  {
    name: "an unknown certificate authority",
    output: "npm error code SELF_SIGNED_CERT_IN_CHAIN\nnpm error request to https://registry.example/pnpm failed",
    code: 13,
    words: "certificate was not accepted (SELF_SIGNED_CERT_IN_CHAIN)",
  },
  {
    name: "a mirror that lacks a package",
    output: " ERR_PNPM_FETCH_404  GET http://mirror.example:4873/uplot/-/uplot-1.6.32.tgz: Not Found - 404",
    code: 13,
    words: "http://mirror.example:4873/uplot/-/uplot-1.6.32.tgz. If",
  },
  {
    name: "a full disk, though downloads failed because of it",
    output: "npm error code ECONNRESET\nnpm error ENOSPC: no space left on device, write",
    code: 14,
    words: "The disk is full (writing /checkout/node_modules)",
  },
  {
    name: "a checksum that does not fit",
    output: "npm error code EINTEGRITY\nnpm error Integrity checksum failed when using sha512: wanted a but got b",
    code: 15,
    words: "(EINTEGRITY): Integrity checksum failed when using sha512: wanted a but got b. Take it back with: git checkout",
  },
  {
    name: "a damaged lock file",
    output: ' ERR_PNPM_BROKEN_LOCKFILE  The lockfile at "/checkout/pnpm-lock.yaml" is broken: bad indentation (1:3)',
    code: 15,
    words: '(ERR_PNPM_BROKEN_LOCKFILE): The lockfile at "/checkout/pnpm-lock.yaml" is broken: bad indentation (1:3).',
  },
  {
    name: "a lock file that npm cannot use",
    output:
      "npm error code EUSAGE\nnpm error\nnpm error The `npm ci` command can only install with an existing package-lock.json",
    code: 15,
    words: "A lock file does not fit",
  },
  {
    name: "a folder that cannot be written",
    output:
      "npm error code EACCES\nnpm error syscall mkdir\nnpm error EACCES: permission denied, mkdir '/home/cat/.npm/_cacache'",
    code: 12,
    words: "/home/cat/.npm/_cacache cannot be written.",
  },
  {
    name: "a home on a read-only mount",
    output: "npm error code ENOENT\nnpm error enoent ENOENT: no such file or directory, mkdir '/home/cat/.npm'",
    code: 12,
    words: "/home/cat/.npm cannot be written.",
  },
];

describe("explainInstallFailure", () => {
  it.each(outputs)("knows $name", ({ output, code, words }) => {
    const failure = explainInstallFailure("The installation", output, "/checkout/node_modules");

    expect(failure.exitCode).toBe(code);
    expect(failure.message).toContain(words);
    expect(failure.details).toBeUndefined();
  });

  it("shows the end of the output when it does not know the cause", () => {
    const failure = explainInstallFailure(
      "The installation",
      `${"noise\n".repeat(50)}pnpm: something new\nagent build:     at run (pnpm.cjs:1:2)\n    at main (pnpm.cjs:3:4)\n`,
      "/checkout",
    );

    expect(failure.exitCode).toBe(16);
    expect(failure.message).toBe("The installation failed; the lines above say why.");
    expect(failure.details?.split("\n")).toHaveLength(30);
    expect(failure.details).toMatch(/something new$/);
  });
});
