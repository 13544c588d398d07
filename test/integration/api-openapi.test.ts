/** /openapi.json is a valid document, complete, and true. */
import { Validator } from "@seriousme/openapi-schema-validator";
import { beforeAll, describe, expect, it } from "vitest";
import { routes } from "../../collector/src/api/routes/index.ts";
import { startApi } from "../../collector/src/api/test-support/api-harness.ts";

interface Operation {
  readonly operationId: string;
  readonly security?: readonly object[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: object }>> };
  readonly summary: string;
  readonly description: string;
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly description: string;
    readonly schema: object;
  }[];
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Partial<Record<"get" | "post" | "delete", Operation>>>>>;
  readonly components: { readonly securitySchemes: object; readonly schemas: Readonly<Record<string, object>> };
}

let document: Document;

beforeAll(async () => {
  await using api = await startApi();
  document = await api.json<Document>("/openapi.json");
});

const operations = (): readonly Operation[] => Object.values(document.paths).flatMap((path) => Object.values(path));

describe("/openapi.json", () => {
  it("is valid OpenAPI 3.1", async () => {
    const validator = new Validator();
    const result = await validator.validate({ ...structuredClone(document) });

    expect(result.errors).toBeUndefined();
    expect(result.valid).toBe(true);
    expect(validator.version).toBe("3.1");
    expect(document.openapi).toBe("3.1.0");
  });

  it("describes every route", () => {
    expect(
      operations()
        .map((operation) => operation.operationId)
        .toSorted(),
    ).toEqual(routes.map((route) => route.name).toSorted());
    expect(Object.keys(document.paths).toSorted()).toEqual([...new Set(routes.map((route) => route.path))].toSorted());
  });

  it("says of every route which proof it wants, and which right it needs", () => {
    expect(Object.keys(document.components.securitySchemes)).toEqual(["apiToken", "login"]);
    for (const { name, access } of routes) {
      const operation = operations().find(({ operationId }) => operationId === name);
      const isOpen = access === "anyone";
      expect(operation?.security, name).toEqual(isOpen ? [] : [{ apiToken: [] }, { login: [] }]);
      expect(operation?.responses["401"] === undefined, name).toBe(isOpen);
      const words = isOpen
        ? "Anyone may ask."
        : access === "identified"
          ? "Whoever is known may ask."
          : `Needs the right \`${access}\`.`;
      expect(operation?.description, name).toContain(words);
    }
  });

  it("describes bodies, none of which takes what nobody knows", () => {
    const bodies = routes.flatMap(({ body }) => body ?? []);

    expect(bodies.length).toBeGreaterThan(0);
    expect(bodies.filter((body) => !("additionalProperties" in body) || body.additionalProperties !== false)).toEqual([]);
    expect(document.paths["/api/v1/tokens"]?.post?.requestBody?.content["application/json"]?.schema).toEqual({
      $ref: "#/components/schemas/TokenRequest",
    });
  });

  it("says of every route what it is for, what it takes and how it refuses", () => {
    for (const operation of operations()) {
      expect(operation.summary.length, operation.operationId).toBeGreaterThan(5);
      expect(operation.description.length, operation.operationId).toBeGreaterThan(20);
      for (const parameter of operation.parameters ?? []) {
        expect(parameter.description, `${operation.operationId} ${parameter.name}`).toMatch(/\S{2,}/);
      }
      expect(operation.responses["default"]?.content["application/problem+json"]?.schema, operation.operationId).toEqual({
        $ref: "#/components/schemas/Problem",
      });
    }
  });

  it("calls the schemas by their names", () => {
    const schemaOf = (path: string, status = "200") =>
      document.paths[path]?.get?.responses[status]?.content["application/json"]?.schema;

    expect(schemaOf("/api/v1/nodes")).toEqual({ $ref: "#/components/schemas/NodeList" });
    expect(schemaOf("/api/v1/nodes/{name}")).toEqual({ $ref: "#/components/schemas/NodeDetail" });
    expect(schemaOf("/api/v1/stream", "101")).toEqual({
      anyOf: [{ $ref: "#/components/schemas/StreamSnapshot" }, { $ref: "#/components/schemas/StreamDelta" }],
    });
    expect(document.components.schemas["NodeDetail"]).toMatchObject({
      properties: { findings: { type: "array", items: { $ref: "#/components/schemas/Finding" } } },
    });
  });

  it("has no reference that leads nowhere, and no schema that nobody uses", () => {
    const references = new Set(
      [...JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g)].map((match) => match[1]),
    );

    expect([...references].toSorted()).toEqual(Object.keys(document.components.schemas).toSorted());
  });
});
