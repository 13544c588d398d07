import type { SubjectBody } from "@nodekeeper/shared/api";
import { fullMachine, fullMachineNowMs, wholeLists, workstation } from "@nodekeeper/shared/test-support";
import { describe, expect, it } from "vitest";
import { createTerminal } from "../terminal.ts";
import { renderLonghorn } from "./longhorn.ts";
import { renderModels } from "./models.ts";
import { renderPeers } from "./peers.ts";
import { serviceLines } from "./services.ts";

const terminal = createTerminal({ isTerminal: true, columns: 120, env: { NO_COLOR: "1" } });
const short = { isAll: false, nowMs: fullMachineNowMs };
const long = { isAll: true, nowMs: fullMachineNowMs };
const facts = (subjects: readonly SubjectBody[]) => ({ subjects: [...subjects], lists: wholeLists(subjects) });
const lines = (subjects: readonly SubjectBody[]): Readonly<Record<string, string>> =>
  Object.fromEntries(serviceLines(subjects, short));

describe("serviceLines", () => {
  it("has a line for each service, with what waits for somebody", () => {
    expect(lines(fullMachine())).toEqual({
      power: "under-voltage, throttled now; frequency capped since the start; fan 3120 rpm, step 2 of 4; nvme0 at 5 GT/s ×1",
      ollama:
        "0.32.15, only this machine reaches it, 5 models on disk, 46.9 GiB, NUM_PARALLEL=4 KEEP_ALIVE=24h FLASH_ATTENTION=1 MODELS=/srv/ollama, its unit's settings wait for a restart",
      tailscale:
        "Running as lynx.example.ts.net, 100.64.0.7, key ends in 9 d, 8 peers, 6 online, 4 active (2 direct, 2 relayed), it says: Some peers are advertising routes but --accept-routes is false",
      k3s: "server v1.33.6+k3s1 for 2 d 2 h, embedded etcd, an upgrade waits for its restart, containerd 2.1.5-k3s1.33, for GPUs nvidia",
      longhorn: "3 checks fine, 1 warning, 1 error, 1 folder with trouble",
    });
  });

  it("has none for what a machine does not have, and calls what does not run by that", () => {
    expect(Object.values(lines([]))).toEqual(["", "", "", "", ""]);
    const stopped = workstation().map((subject) => ({ ...subject, value: { ...subject.value, isRunning: false } }));
    expect(lines(stopped)["ollama"]).toMatch(/^does not run, on \[::\]:11434/);
  });
});

describe("renderModels", () => {
  it("shows where loaded models lie and when they go, and whether the others would fit", () => {
    const text = renderModels(terminal, facts(fullMachine()), short);

    expect(text).toMatch(/^granite4:3b +2\.6 GiB +GPU +in 4 min +3\.4B Q4_K_M$/m);
    expect(text).toMatch(/^qwen3:8b +6\.2 GiB +50 % GPU +in 2 h +8\.2B Q4_K_M$/m);
    expect(text).toMatch(/^nomic-embed-text:latest +614 MiB +CPU +stays/m);
    expect(text).toMatch(/^gpt-oss:120b-cloud +0 B +now +runs elsewhere$/m);
  });

  it("says that a model is on the CPU though Ollama claims the GPU, and why", () => {
    const withoutRunners = fullMachine().filter(
      ({ kind, id }) => !kind.startsWith("gpu") || (id.startsWith("0000:01") && !/ 22\d\d$/.test(id)),
    );
    const text = renderModels(terminal, facts(withoutRunners), short);

    expect(text).toMatch(/^granite4:3b +2\.6 GiB +CPU, not GPU/m);
    expect(text).toContain("on the CPU, though Ollama claims 2.6 GiB of the GPU");
  });
});

describe("renderPeers", () => {
  it("shows the worst first and leaves out who is idle or offline", () => {
    const text = renderPeers(terminal, fullMachine(), short);

    expect(text.split("\n").map((line) => line.split(" ")[0])).toEqual([
      "PEER",
      "neko",
      "laptop",
      "bobcat",
      "siberian",
      "panther",
      "…",
    ]);
    expect(text).toMatch(/^neko +direct 192\.0\.2\.21:41641 +no answer within 5 s$/m);
    expect(text).toMatch(/^bobcat +DERP fra +46\.0 ms$/m);
    expect(text).toContain("… 3 more; --all");
  });

  it("shows all of them in the long form, with what went to and fro", () => {
    const text = renderPeers(terminal, fullMachine(), long);

    expect(text).toMatch(/^siberian +peer relay 198\.51\.100\.4:40000 +21\.0 ms +12 s ago +11\.8 MiB +2\.2 MiB +linux$/m);
    expect(text).toMatch(/^old-nas +offline, seen 41 d ago .*key ended 40 d ago$/m);
    expect(text).toMatch(/^phone +offline, seen 1 d 2 h ago/m);
  });
});

describe("renderLonghorn", () => {
  it("says only of what is lacking what to do, errors first; in the long form also what was found", () => {
    expect(renderLonghorn(terminal, fullMachine(), short).split("\n")).toEqual([
      "LONGHORN",
      "!! iscsid: systemctl enable --now iscsid",
      "!! /var/lib/longhorn-2: mount /var/lib/longhorn-2",
      "!  multipathd: Blacklist them in /etc/multipath.conf.",
    ]);
    expect(renderLonghorn(terminal, fullMachine(), long).split("\n").slice(0, 3)).toEqual([
      "LONGHORN",
      "!! iscsid: iscsid does not run",
      "   systemctl enable --now iscsid",
    ]);
    expect(renderLonghorn(terminal, workstation(), long)).toBe("");
  });
});
