/** The form of a policy file. What its keys and texts may be in detail is said by those who read them; editors complete by docs/policy.schema.json. */
import { type TObject, type TSchema, Type } from "typebox";

/** What is done with actions of a class. */
const mode = Type.Enum(["off", "plan", "enforce"], {
  description: "off: nothing; plan: shown, and done when somebody approves it; enforce: done",
});

const duration = (description: string): TSchema =>
  Type.String({ pattern: "^\\d+(\\.\\d{1,3})?(ms|s|m|h|d)$", description, examples: ["60s", "15m"] });

const expression = (description: string): TSchema =>
  Type.Union([Type.String({ maxLength: 2048 }), Type.Boolean(), Type.Number(), Type.Null()], { description });

const closed = { additionalProperties: false } as const;

/** One taint of the file. */
export const TaintEntry: TObject = Type.Object(
  {
    key: Type.String({ description: "without the domain" }),
    value: Type.Optional(Type.String({ description: "empty where it is left out" })),
    effect: Type.Enum(["NoSchedule", "PreferNoSchedule"], {
      description: "NoExecute is refused: it evicts what runs there",
    }),
    when: expression("CEL: the taint is there while this is true"),
  },
  closed,
);

/** `modes` of the file. */
export const ModesEntry: TObject = Type.Object(
  {
    describe: Type.Optional(mode),
    restrict: Type.Optional(mode),
    move: Type.Optional(mode),
  },
  { ...closed, description: "what is done with actions of each class" },
);

/** `dwell` of the file. */
export const DwellEntry: TObject = Type.Object(
  {
    change: Type.Optional(duration("another value of something that nodekeeper wrote")),
    remove: Type.Optional(duration("taking something away")),
  },
  { ...closed, description: "how long a change must hold before it is acted upon" },
);

/** `advice` of the file. */
export const AdviceEntry: TObject = Type.Object(
  {
    wildcardName: Type.Optional(
      Type.String({ description: "a DNS name whose addresses should be those of the nodes, e.g. *.home.example" }),
    ),
  },
  { ...closed, description: "what is looked at in the cluster besides its nodes" },
);

/** Tags of Longhorn: what it takes for one (validation.IsQualifiedName of Kubernetes). */
const tagPattern =
  "^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$";

const tags = (description: string): TSchema =>
  Type.Record(Type.String({ pattern: tagPattern }), expression("CEL: the tag is there while this is true"), {
    ...closed,
    description,
  });

const list = (item: TSchema, description: string): TSchema => Type.Array(item, { uniqueItems: true, description });

/** `storage` of the file. */
export const StorageEntry: TObject = Type.Object(
  {
    diskTags: Type.Optional(tags("by tag of a disk of Longhorn, when it is there; `disk` is each physical disk behind it")),
    nodeTags: Type.Optional(tags("by tag of a node of Longhorn, when it is there")),
    defaultDisks: Type.Optional(
      list(
        Type.String({ pattern: "^(/[^/]+)+$", examples: ["/var/lib/longhorn", "/mnt/data"] }),
        "folders that are to be Longhorn's disks on a new node, where Longhorn waits to be told",
      ),
    ),
  },
  { ...closed, description: "what is written on Longhorn's nodes" },
);

/** Steps of onboarding that a machine may do without. */
export const skippableSteps = ["inventory", "preflight", "labelled", "disks-tagged", "routed"] as const;

/** `onboarding` of the file. */
export const OnboardingEntry: TObject = Type.Object(
  {
    skip: Type.Optional(list(Type.Enum([...skippableSteps]), "steps that no machine needs")),
    agent: Type.Optional(expression("CEL: the Node is to have an agent while this is true")),
    longhorn: Type.Optional(expression("CEL: the machine is to be a node of Longhorn while this is true")),
  },
  { ...closed, description: "what a machine must have to be ready" },
);

const objectName = Type.String({
  pattern: "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?/[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$",
  examples: ["backups/nightly"],
});

/** `backups` of the file. */
export const BackupsEntry: TObject = Type.Object(
  {
    cronJobs: Type.Optional(list(objectName, "CronJobs that make backups, as NAMESPACE/NAME")),
    deployments: Type.Optional(list(objectName, "Deployments that the way to the backups leads through, as NAMESPACE/NAME")),
    maximumAge: Type.Optional(duration("how old the last backup may be")),
  },
  { ...closed, description: "where backups are looked for" },
);

/** Roles of Ollama servers. */
export const routedRoles = ["generation", "embeddings"] as const;

/** One server without an agent. */
export const RoutedServerEntry: TObject = Type.Object(
  {
    name: Type.String({ description: "what it is called in routes; the name of no node" }),
    url: Type.String({ description: "host and port, e.g. http://10.0.0.9:11434" }),
    roles: list(Type.Enum([...routedRoles]), "what it is for"),
  },
  closed,
);

/** `routing` of the file. */
export const RoutingEntry: TObject = Type.Object(
  {
    generation: Type.Optional(expression("CEL: the Ollama of the node answers in sentences while this is true")),
    embeddings: Type.Optional(expression("CEL: the Ollama of the node makes embeddings while this is true")),
    servers: Type.Optional(Type.Array(RoutedServerEntry, { description: "Ollama servers on machines without an agent" })),
  },
  { ...closed, description: "which Ollama servers take which requests" },
);

/** Types of the conditions that there are. */
export const conditionTypes = ["DiskHealthy", "TailnetConnected", "GPUHealthy", "StoragePrerequisites"] as const;

/** The whole file. */
export const PolicyFile: TObject = Type.Object(
  {
    version: Type.Literal(1, { description: "of this form" }),
    extends: Type.Optional(
      Type.Literal("built-in", {
        description: "labels, taints and tags are added to those that are built in, instead of taking their place",
      }),
    ),
    domain: Type.Optional(Type.String({ description: "what every key begins with, e.g. nodekeeper.example.org" })),
    modes: Type.Optional(ModesEntry),
    dwell: Type.Optional(DwellEntry),
    labels: Type.Optional(
      Type.Record(
        Type.String({ pattern: "^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$" }),
        expression("CEL: a text, a number, true, false, or null where the label is not to be"),
        { ...closed, description: "by key without the domain, the value as an expression" },
      ),
    ),
    taints: Type.Optional(Type.Array(TaintEntry, { description: "taints that are there while something is true" })),
    conditions: Type.Optional(
      Type.Array(Type.Enum([...conditionTypes]), { uniqueItems: true, description: "conditions that are written" }),
    ),
    advice: Type.Optional(AdviceEntry),
    storage: Type.Optional(StorageEntry),
    onboarding: Type.Optional(OnboardingEntry),
    backups: Type.Optional(BackupsEntry),
    routing: Type.Optional(RoutingEntry),
  },
  { ...closed, title: "Policy of nodekeeper", $schema: "https://json-schema.org/draft/2020-12/schema" },
);

/** The names that an object of the file may have. */
export function keysOf(schema: TObject): readonly string[] {
  return Object.keys(schema.properties);
}
