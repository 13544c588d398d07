import type { Facts } from "@nodekeeper/proto";
import { describe, expect, it } from "vitest";
import { disk, type FactsInit, list, observation } from "../test-support/observations.ts";
import { shareFacts } from "./share-facts.ts";

const sampleKeys = [{ kind: "block_device", id: "sda", name: "io_in_flight" }];

function facts(init: FactsInit): Facts {
  const { body } = observation(init);
  if (body.case !== "full") throw new Error("the observation has no facts");
  return body.value;
}

describe("shareFacts", () => {
  it("gives nodes that state the same the same object, and changes nothing of it", () => {
    const init = { subjects: [disk("sda")], lists: [list("block_device", true)], sampleKeys };

    const [one, other] = [shareFacts(facts(init)), shareFacts(facts(init))];

    expect(one).toBe(other);
    expect(one).toEqual(facts(init));
  });

  it("shares the subjects and the names of samples of facts that are alike in part", () => {
    const one = shareFacts(facts({ subjects: [disk("sda"), disk("serial-1")], sampleKeys }));
    const other = shareFacts(facts({ subjects: [disk("sda"), disk("serial-2")], sampleKeys }));

    expect(other).not.toBe(one);
    expect(other.subjects[0]).toBe(one.subjects[0]);
    expect(other.subjects[1]).not.toEqual(one.subjects[1]);
    expect(other.sampleKeys).toBe(one.sampleKeys);
  });
});
