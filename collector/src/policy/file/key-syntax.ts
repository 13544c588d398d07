/** What Kubernetes takes for keys of labels and taints, and for names of DNS. */

/** Longest name of a key without its domain; Kubernetes documentation, "Labels and Selectors". */
const maximumKeyLength = 63;
const maximumDomainLength = 253;

/** Why this cannot be a key, without its domain; undefined: it can. */
export function problemOfKey(key: string): string | undefined {
  if (key.includes("/")) return `a key stands without its domain: ${key.split("/").at(-1)}`;
  if (key.length > maximumKeyLength) return `a key has at most ${maximumKeyLength} characters`;
  if (/^[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?$/.test(key)) return undefined;
  return 'a key has letters, digits, "-", "_" and ".", and begins and ends with a letter or digit';
}

/** Why this cannot be the domain of our keys; undefined: it can. */
export function problemOfDomain(domain: string): string | undefined {
  const problem = problemOfName(domain);
  if (problem !== undefined) return problem;
  const isOfKubernetes = ["kubernetes.io", "k8s.io"].some((reserved) => domain === reserved || domain.endsWith(`.${reserved}`));
  // Everybody may have keys below this one, which the kubelet of a node must not change.
  const isFree = domain.endsWith(".node-restriction.kubernetes.io");
  return isOfKubernetes && !isFree
    ? "kubernetes.io and k8s.io are Kubernetes' own; take a name below a domain that is yours"
    : undefined;
}

/** Why this is no name of DNS in small letters; undefined: it is. */
export function problemOfName(name: string): string | undefined {
  if (name.length > maximumDomainLength) return `it has at most ${maximumDomainLength} characters`;
  const part = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
  if (new RegExp(`^${part}(?:\\.${part})*$`).test(name)) return undefined;
  return `"${name}" is no name of DNS: small letters, digits and "-", in parts that dots divide`;
}

/** Why this cannot be a tag of Longhorn, which takes what Kubernetes takes for a qualified name; undefined: it can. */
export function problemOfTag(tag: string): string | undefined {
  const slash = tag.indexOf("/");
  const problem = slash < 0 ? undefined : problemOfName(tag.slice(0, slash));
  if (problem !== undefined) return `before the "/" of a tag stands a domain: ${problem}`;
  const name = tag.slice(slash + 1);
  if (name.length > maximumKeyLength)
    return `a tag has at most ${maximumKeyLength} characters${slash < 0 ? "" : ' behind its "/"'}`;
  if (/^[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?$/.test(name)) return undefined;
  return 'a tag has letters, digits, "-", "_" and ".", and begins and ends with a letter or digit';
}

/** Why this cannot be NAMESPACE/NAME of an object of the cluster; undefined: it can. */
export function problemOfObjectName(text: string): string | undefined {
  const [namespace = "", name = "", ...rest] = text.split("/");
  if (namespace === "" || name === "" || rest.length > 0) return `here stands NAMESPACE/NAME, not "${text}"`;
  const isNamespace = namespace.length <= maximumKeyLength && !namespace.includes(".");
  return problemOfName(namespace) ?? (isNamespace ? problemOfName(name) : `"${namespace}" is no namespace`);
}

/** Why this cannot be a taint's value; undefined: it can. */
export function problemOfTaintValue(value: string): string | undefined {
  if (value.length > maximumKeyLength) return `a value has at most ${maximumKeyLength} characters`;
  if (/^(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?)?$/.test(value)) return undefined;
  return 'a value has letters, digits, "-", "_" and ".", and begins and ends with a letter or digit';
}
