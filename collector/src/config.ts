/** The collector's settings: flags and environment. */
import { isIP } from "node:net";
import { join } from "node:path";
import {
  type Address,
  AppError,
  addressOption,
  choiceOption,
  defaultAddresses,
  type LogLevel,
  listOption,
  logLevels,
  loopbackOption,
  noneOr,
  type Option,
  optionalOption,
  optionsHelp,
  publicPorts,
  readOptions,
  renderProblems,
  type Sources,
  stringOption,
} from "@nodekeeper/shared";
import { intervalOption } from "./interval-option.ts";

/** What the collector is told. */
export interface CollectorConfig {
  /** HTTP for this machine alone, without a login: API, stream, dashboard, metrics. Undefined: none. */
  readonly listen: Address | undefined;
  /** gRPC for an agent on this machine, unproven. Undefined: none. */
  readonly grpcListen: Address | undefined;
  /** Folder of the database. It is made if it is not there. */
  readonly dataDir: string;
  /** Unix socket with all rights for whoever may open it. Undefined: none. */
  readonly adminSocket: string | undefined;
  /** What others may reach; undefined: nothing. */
  readonly public: PublicConfig | undefined;
  /** Undefined: the vault is a file in the data folder. */
  readonly vaultSecret: ObjectName | undefined;
  readonly kubernetes: KubernetesConfig;
  /** YAML; undefined: what is built in. */
  readonly policyFile: string | undefined;
  /** YAML; undefined: nobody is told anything. */
  readonly notificationsFile: string | undefined;
  readonly login: LoginConfig | undefined;
  readonly proxy: ProxyConfig | undefined;
  /** How often agents should run a probe, in ms by its name; what is not there is left to the agent. */
  readonly intervals: ReadonlyMap<string, number>;
  readonly logLevel: LogLevel;
}

/** The listeners that others may reach: TLS, and everybody proves who they are. At least one of both. */
export interface PublicConfig {
  readonly listen: Address | undefined;
  readonly grpcListen: Address | undefined;
  /** Names and addresses by which clients call the collector; the certificate bears them. */
  readonly names: readonly string[];
  /** Where agents dial, in order, as HOST:PORT; told to them. */
  readonly agentAddresses: readonly string[];
  /** Somebody else's certificate; undefined: our own authority's. */
  readonly certificate: CertificateFiles | undefined;
}

/** PEM files that are reloaded when they change, as cert-manager writes them. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
  /** The authority that agents should trust; undefined: the last certificate of the chain. */
  readonly ca: string | undefined;
}

/** An object of the cluster. */
export interface ObjectName {
  readonly namespace: string;
  readonly name: string;
}

/** The cluster whose agents are let in. */
export interface KubernetesConfig {
  /** auto: on where a pod finds the cluster's API. */
  readonly mode: "auto" | "on" | "off";
  /** Undefined: the pod's own ServiceAccount. */
  readonly kubeconfig: string | undefined;
  readonly audience: string;
  readonly agentServiceAccount: ObjectName;
  /** Where the certificates of the authority are published for agents to mount; undefined: nowhere. */
  readonly caConfigMap: ObjectName | undefined;
  /** Where Longhorn's objects are. */
  readonly longhornNamespace: string;
  /** Where the collector's own objects are: its Lease, what people decided, and the annotation that pauses it. */
  readonly namespace: string;
}

/** People, by the signed token that an identity provider's proxy adds to each request (X-Authentik-Jwt). */
export interface LoginConfig {
  /** URL or file. */
  readonly jwks: string;
  readonly issuer: string;
  readonly audience: string;
  readonly groups: LoginGroups;
}

/** Which groups may what. */
export interface LoginGroups {
  /** Empty: everybody who is logged in. */
  readonly viewers: readonly string[];
  readonly admins: readonly string[];
}

/** A listener for a proxy that says in plain headers who asks, and proves itself by a secret. */
export interface ProxyConfig {
  readonly listen: Address;
  readonly secretFile: string;
  readonly groups: LoginGroups;
}

const { http, grpc } = publicPorts;

const options = {
  listen: noneOr(
    loopbackOption({
      description: "API and dashboard for this machine alone, without a login",
      default: defaultAddresses.collectorHttp,
    }),
  ),
  grpcListen: noneOr(
    loopbackOption({ description: "where an agent of this machine reports", default: defaultAddresses.collectorGrpc }),
  ),
  dataDir: stringOption({ description: "folder of the database", placeholder: "DIR", default: "/var/lib/nodekeeper/collector" }),
  adminSocket: pathOption("unix socket for the CLI of this machine, or none", "DATA-DIR/admin.sock"),
  publicListen: optionalOption(
    addressOption({ description: `API and dashboard for others, by HTTPS with a login, e.g. 0.0.0.0:${http}` }),
  ),
  publicGrpcListen: optionalOption(
    addressOption({ description: `where agents report, by TLS with proof, e.g. 0.0.0.0:${grpc}` }),
  ),
  publicName: listOption(nameOption()),
  agentAddress: listOption(
    addressOption({ description: "where agents dial; several are tried in order (default: each public name)" }),
  ),
  tlsCert: pathOption("certificate chain in PEM of somebody else, reloaded when it changes"),
  tlsKey: pathOption("its key"),
  tlsCa: pathOption("the authority that agents should trust for it", "the chain's last"),
  vaultSecret: objectOption("keep keys and hashes of credentials in this Secret, not in the data folder"),
  kubernetes: choiceOption({ description: "let in agents of the cluster", choices: ["auto", "on", "off"], default: "auto" }),
  kubeconfig: pathOption("how the cluster's API is reached", "as a pod does"),
  agentAudience: stringOption({ description: "audience of the agents' tokens", placeholder: "NAME", default: "nodekeeper" }),
  agentServiceAccount: objectOption("ServiceAccount of the agents", "nodekeeper/nodekeeper-agent"),
  caConfigMap: objectOption("publish the authority's certificates in this ConfigMap"),
  namespace: stringOption({
    description: "where the collector's Lease and decisions are, and whose annotation pauses it",
    placeholder: "NAME",
    default: "nodekeeper",
  }),
  longhornNamespace: stringOption({
    description: "where Longhorn's objects are, if there is a Longhorn",
    placeholder: "NAME",
    default: "longhorn-system",
  }),
  policy: pathOption("what is wanted of the cluster, in YAML; read again when it changes", "built in"),
  notifications: pathOption("who is told of findings, and how, in YAML; read again when it changes", "nobody"),
  loginJwks: pathOption("keys that sign X-Authentik-Jwt: a URL or a file", undefined, "URL|FILE"),
  loginIssuer: pathOption("issuer of these tokens", undefined, "URL"),
  loginAudience: pathOption("audience of these tokens", undefined, "NAME"),
  viewerGroup: listOption(stringOption({ description: "who of them may read (default: everybody)", placeholder: "GROUP" })),
  adminGroup: listOption(stringOption({ description: "who of them may do everything (default: nobody)", placeholder: "GROUP" })),
  proxyListen: optionalOption(addressOption({ description: "for a proxy that says who asks in X-Authentik headers" })),
  proxySecretFile: pathOption("file of the secret by which that proxy proves itself"),
  interval: listOption(intervalOption()),
  logLevel: choiceOption({ description: "how much to log", choices: logLevels, default: "info" }),
};

/** Variables are NODEKEEPER_COLLECTOR_LISTEN and so on. */
const envPrefix = "NODEKEEPER_COLLECTOR_";

/** Reads the settings; throws CONFIG_INVALID with every problem at once. */
export function readConfig(sources: Omit<Sources, "envPrefix">): CollectorConfig {
  const values = readOptions(options, { ...sources, envPrefix });
  const problems = contradictions(values);
  if (problems.length > 0) throw new AppError("CONFIG_INVALID", renderProblems(problems), { context: { problems } });
  const groups: LoginGroups = { viewers: values.viewerGroup, admins: values.adminGroup };
  return {
    listen: values.listen,
    grpcListen: values.grpcListen,
    dataDir: values.dataDir,
    adminSocket: values.adminSocket === "none" ? undefined : (values.adminSocket ?? join(values.dataDir, "admin.sock")),
    public: publicOf(values),
    vaultSecret: values.vaultSecret,
    kubernetes: {
      mode: values.kubernetes,
      kubeconfig: values.kubeconfig,
      audience: values.agentAudience,
      agentServiceAccount: values.agentServiceAccount ?? { namespace: "nodekeeper", name: "nodekeeper-agent" },
      caConfigMap: values.caConfigMap,
      namespace: values.namespace,
      longhornNamespace: values.longhornNamespace,
    },
    ...{ policyFile: values.policy, notificationsFile: values.notifications },
    login:
      values.loginJwks === undefined || values.loginIssuer === undefined || values.loginAudience === undefined
        ? undefined
        : { jwks: values.loginJwks, issuer: values.loginIssuer, audience: values.loginAudience, groups },
    proxy:
      values.proxyListen === undefined || values.proxySecretFile === undefined
        ? undefined
        : { listen: values.proxyListen, secretFile: values.proxySecretFile, groups },
    intervals: new Map(values.interval.map(({ probe, intervalMs }) => [probe, intervalMs])),
    logLevel: values.logLevel,
  };
}

/** For `--help`. */
export function configHelp(): string {
  return [
    "Usage: collector [options]",
    "",
    "Takes the reports of agents, keeps their history, and serves API and dashboard.",
    "",
    optionsHelp(options),
    "",
    `Each option is also an environment variable: --data-dir is ${envPrefix}DATA_DIR. A flag wins.`,
  ].join("\n");
}

type Values = ReturnType<typeof readOptions<typeof options>>;

function publicOf(values: Values): PublicConfig | undefined {
  const { publicListen: listen, publicGrpcListen: grpcListen, publicName: names, agentAddress, tlsCert, tlsKey, tlsCa } = values;
  if (listen === undefined && grpcListen === undefined) return undefined;
  const told = agentAddress.map(({ host, port }) => authority(host, port));
  return {
    listen,
    grpcListen,
    names,
    agentAddresses: told.length > 0 || grpcListen === undefined ? told : names.map((name) => authority(name, grpcListen.port)),
    certificate: tlsCert === undefined || tlsKey === undefined ? undefined : { certificate: tlsCert, key: tlsKey, ca: tlsCa },
  };
}

/** What options say against each other. */
function contradictions(values: Values): readonly string[] {
  const problems: string[] = [];
  const isPublic = values.publicListen !== undefined || values.publicGrpcListen !== undefined;
  if (isPublic && values.publicName.length === 0)
    problems.push("--public-name is missing: what is the collector called by others? Its certificate bears these names");
  if ((values.tlsCert === undefined) !== (values.tlsKey === undefined)) problems.push("--tls-cert and --tls-key go together");
  if (values.tlsCa !== undefined && values.tlsCert === undefined) problems.push("--tls-ca is of --tls-cert, which is missing");
  const login = [values.loginJwks, values.loginIssuer, values.loginAudience];
  if (login.includes(undefined) && login.some((part) => part !== undefined))
    problems.push("--login-jwks, --login-issuer and --login-audience go together");
  if ((values.proxyListen === undefined) !== (values.proxySecretFile === undefined))
    problems.push("--proxy-listen and --proxy-secret-file go together");
  if (
    values.adminGroup.length + values.viewerGroup.length > 0 &&
    values.loginJwks === undefined &&
    values.proxyListen === undefined
  )
    problems.push("--admin-group and --viewer-group are of --login-jwks or --proxy-listen, and neither is there");
  if (values.vaultSecret !== undefined && values.kubernetes === "off")
    problems.push("--vault-secret needs the cluster, and --kubernetes is off");
  return problems;
}

function authority(host: string, port: number): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

function pathOption(description: string, fallbackText = "none", placeholder = "FILE"): Option<string | undefined> {
  return optionalOption(stringOption({ description, placeholder }), fallbackText);
}

function nameOption(): Option<string> {
  return {
    ...stringOption({
      description: "a name or address by which others call the collector; its certificate bears them",
      placeholder: "NAME",
    }),
    parse(texts) {
      const text = (texts.at(-1) ?? "").toLowerCase();
      if (isIP(text) !== 0 || /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(text))
        return text;
      throw new Error(`expected a DNS name or an IP address, without a port, got "${text}"`);
    },
  };
}

function objectOption(description: string, fallbackText = "none"): Option<ObjectName | undefined> {
  const option: Option<ObjectName> = {
    ...stringOption({ description, placeholder: "NAMESPACE/NAME" }),
    fallback: undefined,
    parse(texts) {
      const text = texts.at(-1) ?? "";
      const [, namespace, name] = /^([a-z0-9-]{1,63})\/([a-z0-9.-]{1,253})$/.exec(text) ?? [];
      if (namespace === undefined || name === undefined) throw new Error(`expected NAMESPACE/NAME, got "${text}"`);
      return { namespace, name };
    },
  };
  return optionalOption(option, fallbackText);
}
