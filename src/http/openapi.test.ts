import { expect, test } from "vitest";
import { API_OPERATIONS, openApiDocument } from "./openapi.ts";

const document = JSON.parse(JSON.stringify(openApiDocument("1.2.3")));

test("every operation is described with its answer, and with its body where it takes one", () => {
  for (const { method, path, body } of API_OPERATIONS) {
    const found = document.paths[path][method];
    expect(found.responses[200].content["application/json"].schema, path).toMatchObject({
      type: "object",
    });
    expect(found.requestBody !== undefined, path).toBe(body !== undefined);
  }
});

test("a rule is described with its parts inside parts", () => {
  const { schema } =
    document.paths["/api/segments/preview"].post.requestBody.content["application/json"];
  expect(schema.required).toEqual(["code", "when"]);
  const text = JSON.stringify(schema);
  expect(text).toContain('"boughtGroup"');
  expect(text).toContain('"$ref"');
});
