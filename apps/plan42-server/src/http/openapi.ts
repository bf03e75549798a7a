import { type Endpoint, endpoints, errorBodySchema } from "@plano/protocol";
import { z } from "zod";

/** The API as an OpenAPI 3.1 document. */
export function openApiDocument(version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const [name, endpoint] of Object.entries<Endpoint>(endpoints)) {
    const known = paths[endpoint.path] ?? {};
    known[endpoint.method.toLowerCase()] = operation(name, endpoint);
    paths[endpoint.path] = known;
  }
  return {
    openapi: "3.1.0",
    info: { title: "Plan42", version, description: "Tasks, and the runners that work on them." },
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: {
        token: {
          type: "apiKey",
          in: "header",
          name: "Authorization",
          description: "`APIToken` and a token: p42u_… of a user, p42r_… of a runner, p42_… of an agent.",
        },
      },
      schemas: { Error: toSchema(errorBodySchema) },
    },
  };
}

function operation(name: string, endpoint: Endpoint): object {
  const { summary, callers, status, body, ifMatch } = endpoint;
  return {
    operationId: name,
    summary,
    description: `Callers: ${callers.join(", ")}.`,
    parameters: [
      ...[...endpoint.path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => ({
        name: parameter,
        in: "path",
        required: true,
        schema: { type: "string" },
      })),
      ...queryParameters(endpoint),
      ...(ifMatch
        ? [{ name: "If-Match", in: "header", required: ifMatch === "required", schema: { type: "integer" } }]
        : []),
    ],
    ...(body && {
      requestBody: { required: true, content: { "application/json": { schema: toSchema(body) } } },
    }),
    responses: {
      [status]: { description: "Success", ...resultContent(endpoint) },
      ...(endpoint.isStream && {
        204: { description: "The turn has ended and all of its log has been sent." },
      }),
      default: {
        description: "Failure",
        content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
      },
    },
  };
}

function resultContent({ result, isStream }: Endpoint): object {
  if (!result) return {};
  return { content: { [isStream ? "text/event-stream" : "application/json"]: { schema: toSchema(result) } } };
}

function queryParameters({ query }: Endpoint): object[] {
  if (!query) return [];
  const { properties = {}, required = [] } = toSchema(query) as {
    properties?: Record<string, object>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema,
  }));
}

function toSchema(schema: z.ZodType): object {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: "output", unrepresentable: "any" });
  return rest;
}
