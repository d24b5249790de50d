import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { buildSchema, parse } from "graphql";
import { examplesFor, fill, PERSONAS, readExample } from "../src/graphiql/examples.ts";
import { withKnownName } from "../src/graphiql/fetcher.ts";
import { drawerFor } from "../src/graphiql/storage.ts";

const read = (folder: string) => readdirSync(folder).map((name) => readFileSync(`${folder}/${name}`, "utf8"));
const EXAMPLES = read("src/examples").map(readExample);

test("every example is GraphQL, says what it is for, and has variables that are JSON", () => {
  for (const { query, about, variables } of EXAMPLES) {
    // One operation: with several, GraphiQL's button opens a menu, which takes the next click wherever it is.
    assert.deepEqual(parse(query).definitions.map(({ kind }) => kind), ["OperationDefinition"]);
    assert.match(about, /^[A-Z].*[.!?]$/);
    fill(variables, {});
  }
});

test("every persona has examples that our schema serves, and no name stands twice", () => {
  const schema = buildSchema(readFileSync("../schema.graphql", "utf8"));
  for (const persona of PERSONAS) {
    const own = examplesFor(persona, EXAMPLES, schema).filter((one) => one.persona === persona);
    assert.ok(own.length >= 2, `${persona} has ${own.length}`);
  }
  assert.equal(new Set(EXAMPLES.map(({ name }) => name)).size, EXAMPLES.length);
});

test("an operation of the player is GraphQL", () => {
  const card = readFileSync("src/player/operations/card.graphql", "utf8");
  for (const text of read("src/player/operations")) assert.ok(parse(text + (text.includes("...Card") ? card : "")));
});

test("a file without a known persona is refused", () => {
  assert.throws(() => readExample("# persona: nobody\nquery A { a }"), /needs a persona/);
});

test("only what the schema serves is shown; an administrator also sees what editors see", () => {
  const one = (persona: string, field: string) => readExample(`# persona: ${persona}\nquery Q${field} { ${field} }`);
  const examples = [one("visitor", "a"), one("editor", "a"), one("editor", "b"), one("admin", "a")];
  const schema = buildSchema("type Query { a: Int }");
  const shown = (who: "admin" | "visitor") => examplesFor(who, examples, schema).map(({ persona }) => persona);
  assert.deepEqual(shown("admin"), ["editor", "admin"]);
  assert.deepEqual(shown("visitor"), ["visitor"]);
  assert.equal(examplesFor("editor", examples, undefined).length, 2);
});

test("placeholders become real ids, or say what is missing", () => {
  assert.equal(fill('{"id": "{{movieId}}"}', { movieId: "M1" }), '{\n  "id": "M1"\n}');
  assert.equal(fill('{"id": "{{movieId}}"}', { movieId: 'The "M"' }), '{\n  "id": "The \\"M\\""\n}');
  assert.match(fill('{"id": "{{movieId}}"}', {}), /put a movieId here/);
});

test("what is stored has no headers; what is opened again has those of now, and the ids that are known now", () => {
  const kept = new Map<string, string>();
  globalThis.localStorage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  } as unknown as Storage;
  const state = (headers: string | null, id = "put a profileId here") =>
    JSON.stringify({ tabs: [{ query: "{ a }", headers, variables: JSON.stringify({ id }) }] });
  const drawer = drawerFor("viewer", "now", { profileId: "P1" });
  for (const name of ["tabState", "queries", "favorites", "headers"]) {
    drawer.setItem(`graphiql:${name}`, state("secret"));
  }
  assert.deepEqual([...kept.values()], [state(null), state(null), state(null)]);
  assert.equal(drawer.getItem("graphiql:tabState"), state("now", "P1"));
  assert.equal(drawerFor("editor", "now", {}).getItem("graphiql:tabState"), null);
});

test("the name of the tab before goes along with no operation that merely speaks of it", () => {
  const sent = (query: string) => withKnownName({ query, operationName: "Devices" }).operationName;
  assert.equal(sent("query Devices { a }"), "Devices");
  assert.equal(sent("query Other { a } query\n Devices { a }"), "Devices");
  assert.equal(sent("# As Devices tells.\nmutation Stop { a }"), undefined);
  assert.equal(sent("query DevicesToo { a }"), undefined);
});
