/**
 * What the probing process does to the machine, by strace: which programs it and its children start, with which environment, and which files it opens
 * or changes. The built `agent probe`, started with an environment that means harm, on this machine with the disks of a recorded one and a mount that
 * never answers, so that there is something to run programs for. Intervals are its own, but for those above 20 s, so that every probe runs several
 * times in 75 s.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@nodekeeper/shared";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkArguments } from "../../agent/src/host/check-arguments.ts";
import { commands } from "../../agent/src/host/commands.ts";
import { probes } from "../../agent/src/probes/index.ts";
import { agentBundle } from "../durability/agent-process.ts";
import { createProgram } from "../durability/program.ts";
import { waitUntil } from "../durability/wait-until.ts";
import { missingBundles } from "../e2e/installation.ts";
import { agentNodeFlags } from "../vm/guest-agent.ts";
import { findTool } from "../vm/tool.ts";
import { missingForNamespace, namespaceCommand } from "./namespace.ts";
import { argumentsIn, parseTrace, type TracedCall } from "./trace.ts";

const missing =
  missingBundles() ?? (findTool("strace") === undefined ? "strace is not installed" : undefined) ?? missingForNamespace();

const durationMs = 75_000;
const longestIntervalMs = 20_000;
/** Those that start a program, open a file, or change something by its path. */
const tracedCalls = [
  "execve,execveat,open,openat,openat2,creat,truncate,mount,umount2,setxattr,utimensat",
  "mkdir,mkdirat,rmdir,unlink,unlinkat,rename,renameat,renameat2,link,linkat,symlink,symlinkat,mknod,mknodat",
  "chmod,fchmodat,chown,lchown,fchownat",
].join(",");

/** Programs that would leave a mark, had anybody looked for them by name. */
const decoys = [
  ...Object.keys(commands),
  ...["sh", "lsblk", "cat", "node", "tailscale", "ollama", "vcgencmd", "kubectl", "crictl", "lspci", "rocm-smi"],
];

describe.skipIf(missing !== undefined)(`the probing process${missing === undefined ? "" : ` (${missing})`}`, () => {
  let folder: string;
  let own: readonly TracedCall[];
  let started: readonly TracedCall[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "nodekeeper-strace-"));
    await mkdir(join(folder, "decoys"));
    const decoy = `#!/bin/sh\n: >${folder}/fooled\n`;
    for (const name of decoys) await writeFile(join(folder, "decoys", name), decoy, { mode: 0o755 });
    const intervals = probes
      .filter(({ intervalMs }) => intervalMs > longestIntervalMs)
      .flatMap(({ name }) => ["--interval", `${name}=20s`]);
    const harmful = [
      `PATH=${folder}/decoys`,
      `LD_PRELOAD=${folder}/decoys/preload.so`,
      `LD_LIBRARY_PATH=${folder}/decoys`,
      "LC_ALL=tr_TR.UTF-8",
      "LANGUAGE=tr",
      "POSIXLY_CORRECT=1",
      "IFS=/",
      `ENV=${folder}/decoys/sh`,
      `BASH_ENV=${folder}/decoys/sh`,
    ];
    const tracing = `-f -qq -v -s 4096 -e signal=none -e trace=${tracedCalls} -o ${join(folder, "trace")}`;
    const paths = ["--spool-dir", join(folder, "spool"), "--socket", join(folder, "socket", "spool.sock")];
    const agent = createProgram({
      argv: namespaceCommand({
        folder,
        script: `strace ${tracing} env -i ${harmful.map((word) => `'${word}'`).join(" ")} "$node" ${agentNodeFlags} "$@" & wait $!`,
        argv: [agentBundle, "probe", ...paths, "--health-listen", "none", ...intervals],
      }),
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
      logFile: join(folder, "log"),
    });
    await using running = agent;
    running.start();
    await waitUntil(
      "the agent reads",
      60_000,
      () => running.log().includes("reading this machine") || running.ended() !== undefined,
    );
    await systemClock.sleep(durationMs, new AbortController().signal);
    if (running.ended() !== undefined) throw new Error(`the agent ended: ${running.log()}`);
    const calls = parseTrace(readFileSync(join(folder, "trace"), "utf8"));
    own = calls.filter(({ program }) => program === process.execPath);
    // All but strace's own start of env, and env's of the agent.
    started = calls.filter(({ name, program }) => name.startsWith("exec") && program !== "" && !program.endsWith("/env"));
  }, durationMs + 120_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it("starts only programs of the table, by absolute path, with nothing but LC_ALL=C in their environment", () => {
    const allowed = Object.values(commands).flatMap(({ paths }) => paths);
    const count = (program: string): number => started.filter(({ path }) => path.endsWith(`/${program}`)).length;

    expect(started.filter(({ path }) => !allowed.includes(path))).toEqual([]);
    expect(started.filter(({ text }) => !text.includes('], ["LC_ALL=C"])'))).toEqual([]);
    expect(count("smartctl")).toBeGreaterThanOrEqual(2);
    expect(count("stat")).toBeGreaterThanOrEqual(1);
    process.stdout.write(`in ${durationMs / 1000} s: ${started.map(({ path }) => path).join(" ")}; ${own.length} calls traced\n`);
  });

  it("gives each program only what the table lets it be given", () => {
    const isAllowed = (call: TracedCall): boolean => {
      const args = argumentsIn(call) ?? [];
      return Object.entries(commands).some(([name, rule]) => {
        const { leading = [] } = rule;
        const begins = rule.paths.includes(call.path) && leading.every((word, index) => args[index] === word);
        return begins && !throws(() => checkArguments(name, rule, args.slice(leading.length)));
      });
    };

    expect(started.length).toBeGreaterThan(0);
    expect(started.filter((call) => !isAllowed(call)).map(({ text }) => text)).toEqual([]);
    const scan = started.find(({ path }) => path.endsWith("/smartctl"));
    const harmful =
      scan === undefined ? [] : [{ ...scan, text: scan.text.replace(', ["', ', ["--test=long", "--test=long", "') }];
    expect(harmful.filter(isAllowed)).toEqual([]);
  });

  it("has no shell in its table", () => {
    const names = Object.values(commands).flatMap(({ paths }) => paths.map((path) => path.split("/").at(-1)));

    expect(names.filter((name) => /^(?:[a-z]*sh|busybox|env|xargs|sudo|python.*|perl|awk)$/.test(name ?? ""))).toEqual([]);
  });

  it("is fooled by no PATH, no preloaded library and no locale", () => {
    const isFooled = (): boolean => existsSync(join(folder, "fooled"));

    expect(isFooled()).toBe(false);
    spawnSync(decoys[0] ?? "", { env: { PATH: join(folder, "decoys") } });
    expect(isFooled()).toBe(true); // whoever looks by PATH is
  });

  it("opens no disk and no GPU", () => {
    const devices = own.filter(
      ({ path, text }) =>
        /^\/dev\/(?:nvidia|dri|kfd|sd|sg|hd|nvme|mmcblk|vd|dm-|md|mapper|disk|zd|loop|rbd)/.test(path) &&
        !text.includes("O_DIRECTORY"), // to look which there are opens none
    );

    expect(devices).toEqual([]);
  });

  it("writes nothing outside of its spool and the folder of its socket", () => {
    const changes = own.filter(({ name, text }) =>
      /^(?:open|openat|openat2)$/.test(name)
        ? /\bO_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND|TMPFILE)\b/.test(text)
        : !name.startsWith("exec"),
    );
    const isOurs = ({ path }: TracedCall): boolean =>
      path === "/dev/null" ||
      ["spool", "socket"].some((name) => path === join(folder, name) || path.startsWith(`${join(folder, name)}/`));

    expect(changes.length).toBeGreaterThan(0);
    expect(changes.filter((call) => !isOurs(call))).toEqual([]);
  });
});

function throws(work: () => void): boolean {
  try {
    work();
    return false;
  } catch {
    return true;
  }
}
