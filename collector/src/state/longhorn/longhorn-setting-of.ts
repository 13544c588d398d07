/** Makes of Longhorn's setting, as the API server says it, what we keep of it. */
import { type Fields, textAt } from "@nodekeeper/shared";
import { nameOf } from "./longhorn-fields.ts";

/** One of Longhorn's settings. */
export interface LonghornSetting {
  readonly name: string;
  /** As it stands there: since 1.10 some have one for each engine, in JSON. */
  readonly value: string;
}

/** A setting, whose value stands beside its metadata and not in a spec; undefined where it has no name. */
export function longhornSettingOf(object: Fields): LonghornSetting | undefined {
  const name = nameOf(object);
  return name === undefined ? undefined : { name, value: textAt(object, "value") ?? "" };
}
