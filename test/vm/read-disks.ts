/** Runs the probes `disks` and `smart` once on the machine that it is started on, and prints what they found. Bundled for a guest. */
import { toJson } from "@bufbuild/protobuf";
import { SubjectListSchema, SubjectSchema } from "@nodekeeper/proto";
import { systemClock } from "@nodekeeper/shared";
import { createLocalHost } from "../../agent/src/host/local-host.ts";
import type { Probe } from "../../agent/src/probe.ts";
import { disks } from "../../agent/src/probes/disks.ts";
import { smart } from "../../agent/src/probes/smart.ts";

async function examine(probe: Probe): Promise<object | null> {
  const payload = probe.parse(await probe.read(createLocalHost({ root: "/", clock: systemClock }), new AbortController().signal));
  if (payload === undefined) return null;
  return {
    subjects: payload.subjects.map((subject) => toJson(SubjectSchema, subject)),
    lists: payload.lists.map((list) => toJson(SubjectListSchema, list)),
    samples: payload.samples,
  };
}

process.stdout.write(JSON.stringify({ disks: await examine(disks), smart: await examine(smart) }));
