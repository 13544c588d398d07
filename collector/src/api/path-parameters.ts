/** Parameters in paths that several routes share. */
import { type TObject, type TString, Type } from "typebox";

/** The node that a path names. */
export const NodeNameParameter: TObject<{ name: TString }> = Type.Object({
  name: Type.String({
    minLength: 1,
    maxLength: 253,
    description: "name of the node: its Kubernetes node name, else its host name",
  }),
});

/** A node, or a disk wherever it is. */
export const DyingNameParameter: TObject<{ name: TString }> = Type.Object({
  name: Type.String({
    minLength: 1,
    maxLength: 256,
    description: "name of the node; or, where no node has it, id, serial number or Longhorn's name of one disk",
  }),
});
