import { expect, it } from "vitest";
import { aDisk, aLonghorn, aNode } from "../../longhorn/test-support/made-longhorn.ts";
import type { LedgerEntry, Wanted, Why } from "../reconciler.ts";
import { ledgerAnnotation, ledgerText } from "../support/ledger.ts";
import { domain } from "../test-support/world-of.ts";
import { withRestraint } from "./restraint.ts";
import { longhornDisksName, seeLonghornDisks } from "./see-longhorn-disks.ts";

const why: Why = { text: "", place: "", expression: "", facts: [] };
const [tag, scheduling] = ["disks/well/tags/nvme", "disks/failing/allowScheduling"];

it("lets a disk that fails go before a tag, where only one of the two may: a tag may wait for ever", () => {
  const entries = new Map<string, LedgerEntry>([[tag, { wrote: "true", was: undefined }]]);
  const annotation = ledgerText(new Map([[longhornDisksName, entries]])) ?? "";
  const disks = [aDisk("well", { tags: ["nvme"] }), aDisk("failing", { tags: ["nvme"] })];
  const node = aNode("neko", { annotations: { [ledgerAnnotation(domain)]: annotation } }, disks);
  const longhorn = aLonghorn({ nodes: [node], volumes: [{ name: "v", replicaCount: 1, diskSelector: ["nvme"] }] });
  const wishes = new Map<string, Wanted>([
    [tag, { kind: "absent", why }],
    [scheduling, { kind: "value", value: "false", why }],
  ]);

  const restrained = withRestraint(wishes, seeLonghornDisks(node, { clusterNode: undefined, domain }), { longhorn });
  expect([...restrained.keys()]).toEqual([tag, scheduling]);
  expect(restrained.get(scheduling)).toEqual(wishes.get(scheduling));
  expect(restrained.get(tag)).toMatchObject({
    kind: "hold",
    reason: "replicas would find too few places without it: v (0 of 1)",
  });
});
