/** A field of a message that is set only where its value is known. */

/** The field, or nothing where the value is undefined or an empty text: on the wire of the agents both mean that it is not known. */
export function known<Name extends string, Value extends string | number | boolean>(
  name: Name,
  value: Value | undefined,
): { readonly [key in Name]?: Value } {
  // One property of the given name, which TypeScript takes for an index signature.
  return value === undefined || value === "" ? {} : ({ [name]: value } as { readonly [key in Name]?: Value });
}
