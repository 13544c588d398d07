/**
 * One copy of facts that many nodes state alike. A fleet consists of some models of machines: their sensors, filesystems, firmware and names
 * of samples are the same thousands of times. What is alike is told by its content, never by a hash that a node sent.
 */
import { hash } from "node:crypto";
import { toBinary } from "@bufbuild/protobuf";
import { type Facts, FactsSchema, type SampleKey, type Subject, SubjectSchema } from "@nodekeeper/proto";
import { createSharedPool } from "./shared-pool.ts";

const sharedFacts = createSharedPool<Facts>(4_096);
const sharedSubjects = createSharedPool<Subject>(16_384);
const sharedKeys = createSharedPool<SampleKey[]>(2_048);

/** The same facts, with as much of them as possible shared with others. Nobody may change them from here on. */
export function shareFacts(facts: Facts): Facts {
  return sharedFacts(digest(toBinary(FactsSchema, facts)), () => ({
    ...facts,
    subjects: facts.subjects.map(shareSubject),
    sampleKeys: shareKeys(facts.sampleKeys),
  }));
}

function shareSubject(subject: Subject): Subject {
  return sharedSubjects(digest(toBinary(SubjectSchema, subject)), () => subject);
}

function shareKeys(keys: SampleKey[]): SampleKey[] {
  return sharedKeys(digest(keys.map(({ kind, id, name }) => `${kind}/${id}/${name}`).join("\n")), () => keys);
}

function digest(content: Uint8Array | string): string {
  return hash("sha256", content, "base64");
}
