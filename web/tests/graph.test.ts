import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Client, type Fault, without } from "../src/lib/graph.ts";

const HOME = `query Home {
  home {
    nodes { name }
    slow(first: 3) {
      nodes { name }
    }
    soon { id }
  }
}`;
const at = (...lines: number[]): Fault[] => lines.map((line) => ({ message: "no such field", locations: [{ line }] }));
const served = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = served;
});

interface Asked {
  query: string;
  variables: object;
  headers: Record<string, string>;
}

/** Gives the answers one after another, and keeps what was asked. */
function serve(...answers: object[]): Asked[] {
  const asked: Asked[] = [];
  globalThis.fetch = async (_, init) => {
    asked.push({ ...JSON.parse(init!.body as string), headers: init!.headers as Record<string, string> });
    return new Response(JSON.stringify(answers.shift()));
  };
  return asked;
}
const client = (documents: Record<string, string>) =>
  new Client("/graphql", documents, () => ({ authorization: "Bearer t" }));

test("a refused line goes, with the block that it opens", () => {
  assert.equal(without(HOME, at(4, 7)), "query Home {\n  home {\n    nodes { name }\n  }\n}");
});

test("a fault without a place leaves the document as it is", () => {
  assert.equal(without(HOME, [{ message: "?" }]), HOME);
});

test("a field that the server lacks is left out, now and from then on", async () => {
  const refusal = { errors: [{ ...at(7)[0], extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }] };
  const asked = serve(refusal, { data: { home: 1 } }, { data: { home: 2 } });
  const graph = client({ home: HOME });
  assert.deepEqual(await graph.ask("home"), { home: 1 });
  assert.deepEqual(await graph.ask("home"), { home: 2 });
  assert.deepEqual(asked.map(({ query }) => query.includes("soon")), [true, false, false]);
});

test("an operation of which nothing is served fails with the server's words", async () => {
  serve({ errors: [{ ...at(1)[0], extensions: { code: "GRAPHQL_VALIDATION_FAILED" } }] });
  const failure = { message: "no such field", code: "GRAPHQL_VALIDATION_FAILED" };
  await assert.rejects(client({ home: HOME }).ask("home"), failure);
});

test("partial data is data, but an error that left nothing is told", async () => {
  const errors = [{ message: "No secret.", extensions: { code: "UNAVAILABLE" } }];
  serve({ data: { home: null, more: {} }, errors }, { data: { home: null }, errors }, { data: { home: null } });
  const graph = client({ home: HOME });
  assert.deepEqual(await graph.ask("home"), { home: null, more: {} });
  await assert.rejects(graph.ask("home"), { message: "No secret.", code: "UNAVAILABLE" });
  assert.deepEqual(await graph.ask("home"), { home: null });
});

test("the headers of the moment go along", async () => {
  const asked = serve({ data: {} });
  await client({ home: HOME }).ask("home", { first: 2 });
  assert.deepEqual(asked[0]!.variables, { first: 2 });
  assert.equal(asked[0]!.headers.authorization, "Bearer t");
});

test("events are read over the edges of chunks, comments and the end are not data", async () => {
  const next = (n: number) => `event: next\ndata: {"data":{"n":${n}}}\n\n`;
  const wire = `: \n\n${next(1)}: \n\n${next(2)}event: complete\ndata: \n\n`;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const part of wire.match(/[^]{1,7}/g)!) controller.enqueue(new TextEncoder().encode(part));
      controller.close();
    },
  });
  globalThis.fetch = async () => new Response(body);
  const seen: unknown[] = [];
  const events = client({ s: "subscription S { n }" }).listen("s", {}, new AbortController().signal);
  for await (const data of events) seen.push(data);
  assert.deepEqual(seen, [{ n: 1 }, { n: 2 }]);
});
