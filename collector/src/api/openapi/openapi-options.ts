/** What the OpenAPI document says besides the routes. */
import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import { version } from "@nodekeeper/shared";
import { nameSchemas } from "./name-schemas.ts";

/** Options of @fastify/swagger. */
export const openapiOptions: FastifyDynamicSwaggerOptions = {
  convertConstToEnum: false,
  openapi: {
    openapi: "3.1.0",
    info: {
      title: "nodekeeper",
      version,
      description:
        "What every machine of the cluster is and how it feels. What is unknown is left out, never 0. Times are RFC 3339 in UTC, by the " +
        "collector's clock. Every answer that is not a success is a problem as RFC 9457 has it, with a stable `code`.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" } as { name: string }, // `identifier` is new in OpenAPI 3.1
    },
    servers: [{ url: "/", description: "The collector that serves this document" }],
    components: {
      securitySchemes: {
        apiToken: {
          type: "http",
          scheme: "bearer",
          description:
            "A token of the API, made with `nodekeeper token create --name NAME --scope SCOPE`. Good at every listener.",
        },
        login: {
          type: "apiKey",
          in: "header",
          name: "X-Authentik-Jwt",
          description:
            "Added by the identity provider's proxy, never by clients. On loopback whoever is on the collector's machine may read without any proof.",
        },
      },
    },
    tags: [
      { name: "nodes", description: "Machines and what is on them" },
      { name: "findings", description: "What is wrong" },
      { name: "gpus", description: "Which GPU is free, and where requests for models go" },
      { name: "live", description: "Changes as they happen" },
      { name: "cluster", description: "What is written on the cluster, why, and what waits to be" },
      { name: "access", description: "Who may what, and what lets machines in" },
      { name: "collector", description: "The collector itself" },
    ],
  },
  transformObject: (document) => ("openapiObject" in document ? nameSchemas(document.openapiObject) : document.swaggerObject),
};
