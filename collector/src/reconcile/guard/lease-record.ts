/** What a Lease (coordination.k8s.io/v1) says, read tolerantly, and written into it so that everything else in it stays. */
import { type Fields, fieldsAt, textAt } from "@nodekeeper/shared";

/** Its record. */
export interface LeaseRecord {
  /** Of the object: another one where it was deleted and made anew. */
  readonly uid: string;
  /** Undefined: nobody. */
  readonly holder: string | undefined;
  /** For how long it holds after it was renewed; undefined: not said. */
  readonly durationSeconds: number | undefined;
  /** By the holder's clock, as it was written; undefined: never. */
  readonly acquireTime: string | undefined;
  readonly renewTime: string | undefined;
  /** How often it went from one holder to another. */
  readonly transitions: number;
}

/** Reads it. Of what has another form than it should nothing is known. */
export function leaseRecord(lease: Fields): LeaseRecord {
  const spec = fieldsAt(lease, "spec");
  const holder = textAt(spec, "holderIdentity");
  return {
    uid: textAt(fieldsAt(lease, "metadata"), "uid") ?? "",
    holder: holder === "" ? undefined : holder,
    durationSeconds: numberAt(spec, "leaseDurationSeconds"),
    acquireTime: textAt(spec, "acquireTime"),
    renewTime: textAt(spec, "renewTime"),
    transitions: numberAt(spec, "leaseTransitions") ?? 0,
  };
}

/** The Lease with another record. */
export function withRecord(
  lease: Fields,
  { holder, durationSeconds, acquireTime, renewTime, transitions }: Omit<LeaseRecord, "uid">,
): Fields {
  const spec = { holderIdentity: holder ?? "", leaseDurationSeconds: durationSeconds, leaseTransitions: transitions };
  return { ...lease, spec: { ...fieldsAt(lease, "spec"), ...spec, acquireTime, renewTime } };
}

/** A MicroTime of Kubernetes: six digits behind the point, where three are refused. */
export function microTime(atMs: number): string {
  return new Date(atMs).toISOString().replace("Z", "000Z");
}

function numberAt(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  return typeof value === "number" ? value : undefined;
}
