import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emptyLedger, type Ledger, ledgerAnnotation, ledgerText, readLedger, withEntries } from "./ledger.ts";

const domain = "nodekeeper.example";
const read = (text: string): ReturnType<typeof readLedger> => readLedger({ [ledgerAnnotation(domain)]: text }, domain);

const texts = fc.oneof(fc.string(), fc.constantFrom("__proto__", "constructor", "7", ""));
const entries = fc.record({ wrote: texts, was: fc.option(texts, { nil: undefined }) });
const ledgers: fc.Arbitrary<Ledger> = fc
  .array(
    fc.tuple(
      fc.constantFrom("node-labels", "node-taints", "longhorn-disks"),
      fc.array(
        fc.tuple(
          texts,
          fc.oneof(
            entries,
            entries.chain((entry) => texts.map((of) => ({ ...entry, of }))),
          ),
        ),
        {
          minLength: 1,
          maxLength: 5,
        },
      ),
    ),
    { maxLength: 3 },
  )
  .map((sections) => new Map(sections.map(([name, entries]) => [name, new Map(entries)])));

describe("the ledger", () => {
  it("is short, and the same for the same", () => {
    const entries = new Map([
      ["storage-class", { wrote: "nvme", was: undefined }],
      ["gpu.product", { wrote: "rtx-3050-ti", was: "gtx" }],
    ]);

    expect(ledgerText(withEntries(emptyLedger, "node-labels", entries))).toBe(
      '{"nodekeeper":1,"node-labels":{"gpu.product":{"wrote":"rtx-3050-ti","was":"gtx"},"storage-class":{"wrote":"nvme"}}}',
    );
  });

  it("comes back as it was written, whatever stands in it", () => {
    fc.assert(
      fc.property(ledgers, (ledger) => {
        const text = ledgerText(ledger);
        expect(text === undefined ? readLedger({}, domain) : read(text)).toEqual({ ledger, problem: undefined });
      }),
    );
  });

  it("is gone when its last entry is", () => {
    const one = withEntries(emptyLedger, "node-labels", new Map([["board", { wrote: "raspberry-pi-5", was: undefined }]]));

    expect(ledgerText(withEntries(one, "node-labels", new Map()))).toBeUndefined();
  });

  it("leaves the entries of other reconcilers as they are", () => {
    const taints = new Map([["gpu-lost", { wrote: "true:NoSchedule", was: undefined }]]);
    const both = withEntries(
      withEntries(emptyLedger, "node-taints", taints),
      "node-labels",
      new Map([["a", { wrote: "b", was: "c" }]]),
    );

    expect(withEntries(both, "node-labels", new Map()).get("node-taints")).toBe(taints);
  });

  it.each([
    { name: "no JSON", text: "{" },
    { name: "a list", text: "[]" },
    { name: "of another tool", text: '{"node-labels":{"a":{"wrote":"b"}}}' },
    { name: "of a version to come", text: '{"nodekeeper":2,"node-labels":{"a":{"wrote":"b"}}}' },
    { name: "empty", text: "" },
  ])("that is $name says nothing, and that is told", ({ text }) => {
    expect(read(text)).toEqual({
      ledger: emptyLedger,
      problem: "the annotation nodekeeper.example/owned is not in a form that we know",
    });
  });

  it("that is damaged in part says the rest, and that is told", () => {
    const text =
      '{"nodekeeper":1,"node-labels":{"a":{"wrote":"b"},"c":{"wrote":7},"d":null,"e":{"wrote":"f","was":[]}},"node-taints":3}';

    expect(read(text)).toEqual({
      ledger: new Map([["node-labels", new Map([["a", { wrote: "b", was: undefined }]])]]),
      problem: "in the annotation nodekeeper.example/owned something cannot be read",
    });
  });

  it("takes any text at all for what it is", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(read(text).ledger).toBeInstanceOf(Map);
      }),
    );
  });
});
