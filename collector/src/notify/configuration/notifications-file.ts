/** The form of the file. Editors complete by docs/notifications.schema.json, which a test holds equal to this. */
import { type TObject, type TSchema, Type } from "typebox";

const closed = { additionalProperties: false } as const;

const duration = (description: string): TSchema =>
  Type.String({ pattern: "^\\d+(\\.\\d{1,3})?(ms|s|m|h|d)$", description, examples: ["30s", "15m"] });

const path = (description: string): TSchema => Type.String({ pattern: "^/", description });

const url = (description: string): TSchema => Type.String({ pattern: "^https?://", description });

/** What every channel may say. */
const common = {
  severities: Type.Optional(
    Type.Array(Type.Enum(["low", "medium", "high"]), {
      uniqueItems: true,
      minItems: 1,
      description: "what is told when it fires, gets worse and is over; without it [high]",
    }),
  ),
  advice: Type.Optional(
    Type.Boolean({ description: "whether findings of low severity are told, once each and gathered; without it true" }),
  ),
  mostPerHour: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1000, description: "notices within an hour; what comes beyond is told together; 30" }),
  ),
};

const token = { tokenFile: Type.Optional(path("file of a bearer token")) };
const secretUrl = { urlFile: path("file of the address, which is itself the secret") };

/** By type, what a channel of it may say. */
export const channelForms: Readonly<Record<"webhook" | "ntfy" | "discord" | "slack" | "smtp" | "alertmanager", TObject>> = {
  webhook: Type.Object(
    {
      type: Type.Literal("webhook"),
      url: Type.Optional(url("where to; or urlFile")),
      urlFile: Type.Optional(path("file of the address, where that is a secret")),
      secretFile: Type.Optional(path("file of the secret by which each notice is signed")),
      ...token,
      ...common,
    },
    closed,
  ),
  ntfy: Type.Object(
    {
      type: Type.Literal("ntfy"),
      url: url("of the server, without the topic"),
      topic: Type.Optional(Type.String({ pattern: "^[-_A-Za-z0-9]{1,64}$", description: "or topicFile" })),
      topicFile: Type.Optional(path("file of the topic, where whoever knows it may read it")),
      ...token,
      ...common,
    },
    closed,
  ),
  discord: Type.Object({ type: Type.Literal("discord"), ...secretUrl, ...common }, closed),
  slack: Type.Object({ type: Type.Literal("slack"), ...secretUrl, ...common }, closed),
  smtp: Type.Object(
    {
      type: Type.Literal("smtp"),
      host: Type.String({ description: "of the server" }),
      port: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 65_535, description: "without it 587; with tls 465, with none 25" }),
      ),
      security: Type.Optional(
        Type.Enum(["starttls", "tls", "none"], {
          description: "without it starttls, and nothing is sent to a server that does not do it",
        }),
      ),
      caFile: Type.Optional(path("authority of the server's certificate in PEM")),
      username: Type.Optional(Type.String()),
      passwordFile: Type.Optional(path("file of the password")),
      from: Type.String({ description: "address of the sender" }),
      to: Type.Array(Type.String(), { minItems: 1, maxItems: 20, uniqueItems: true, description: "addresses" }),
      ...common,
    },
    closed,
  ),
  alertmanager: Type.Object(
    {
      type: Type.Literal("alertmanager"),
      url: url("of its first page; /api/v2/alerts is added"),
      ...token,
      username: Type.Optional(Type.String()),
      passwordFile: Type.Optional(path("file of the password")),
      severities: common.severities,
    },
    closed,
  ),
};

/** `heartbeat` of the file. */
export const HeartbeatForm: TObject = Type.Object(
  {
    url: Type.Optional(url("where to; or urlFile")),
    urlFile: Type.Optional(path("file of the address, where that is a secret")),
    method: Type.Optional(Type.Enum(["GET", "POST"], { description: "without it GET" })),
    every: Type.Optional(duration("without it 60s")),
  },
  { ...closed, description: "a dead man's switch elsewhere, which speaks up when it hears nothing" },
);

/** The whole file. */
export const NotificationsFile: TObject = Type.Object(
  {
    version: Type.Literal(1, { description: "of this form" }),
    externalUrl: Type.Optional(url("where people find the dashboard, for links")),
    gather: Type.Optional(duration("what comes within this time is one notice; without it 30s")),
    gatherAdvice: Type.Optional(duration("the same of advice; without it 15m")),
    heartbeat: Type.Optional(HeartbeatForm),
    channels: Type.Optional(
      Type.Record(Type.String({ pattern: "^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$" }), Type.Union(Object.values(channelForms)), {
        ...closed,
        description: "by name",
      }),
    ),
  },
  { ...closed, title: "Notifications of nodekeeper", $schema: "https://json-schema.org/draft/2020-12/schema" },
);
