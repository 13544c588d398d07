/** Makes of a StorageClass (storage.k8s.io/v1), as the API server says it, what we keep of one by which Longhorn makes volumes. */
import { type Fields, fieldsAt, isFields, textAt } from "@nodekeeper/shared";
import { nameOf, sharedAt, sharedList } from "./longhorn-fields.ts";
import type { LonghornStorageClass } from "./longhorn-volume.ts";

/** A class whose number of replicas may be left to Longhorn's setting. */
export interface LonghornClassSaid extends Omit<LonghornStorageClass, "replicaCount"> {
  /** Undefined: it does not say. */
  readonly replicaCount: number | undefined;
}

/** Whether Longhorn's driver makes its volumes. */
export function isLonghornClass(object: Fields): boolean {
  return textAt(object, "provisioner") === "driver.longhorn.io";
}

/** A class of Longhorn; undefined where it has no name. */
export function longhornClassOf(object: Fields): LonghornClassSaid | undefined {
  const name = nameOf(object);
  if (name === undefined) return undefined;
  const annotations = fieldsAt(fieldsAt(object, "metadata"), "annotations");
  const parameters = fieldsAt(object, "parameters");
  return {
    name,
    isDefault: defaultKeys.some((key) => annotations[key] === "true"),
    replicaCount: countAt(parameters, "numberOfReplicas"),
    diskSelector: selectorAt(parameters, "diskSelector"),
    nodeSelector: selectorAt(parameters, "nodeSelector"),
    dataEngine: sharedAt(parameters, "dataEngine") || "v1",
  };
}

/** The class with what the setting default-replica-count says: a number, or since 1.10 one for each engine in JSON. */
export function withDefaultCount(said: LonghornClassSaid, setting: string | undefined): LonghornStorageClass {
  return { ...said, replicaCount: said.replicaCount ?? countIn(setting ?? "", said.dataEngine) ?? longhornsDefault };
}

const defaultKeys = ["storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"];
const longhornsDefault = 3;

/** strings.Split of Go: a text that is empty is one selector that nothing has, and a space belongs to it. */
function selectorAt(parameters: Fields, name: string): readonly string[] {
  return sharedList(textAt(parameters, name)?.split(",") ?? []);
}

function countAt(fields: Fields, name: string): number | undefined {
  const text = textAt(fields, name) ?? "";
  return /^[1-9][0-9]{0,2}$/.test(text) ? Number(text) : undefined;
}

function countIn(setting: string, engine: string): number | undefined {
  try {
    const value: unknown = JSON.parse(setting);
    return isFields(value) ? countAt(value, engine) : countAt({ [engine]: setting }, engine);
  } catch {
    return undefined; // empty, or what Longhorn refuses too
  }
}
