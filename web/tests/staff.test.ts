import assert from "node:assert/strict";
import { test } from "node:test";
import { session } from "../src/lib/signin.ts";
import { groupsOf, keepAs } from "../src/staff/roles.ts";

const token = (claims: object) => `e30.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.sig`;

function tab(groups: string[]): void {
  const kept = { accessToken: token({ "cognito:groups": groups, name: "ÿ~?" }), expiresAt: Date.now() + 60_000 };
  const stored = new Map([["marquee:session:graphiql:admin", JSON.stringify(kept)]]);
  const sessionStorage = {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
    removeItem: (key: string) => stored.delete(key),
  };
  Object.assign(globalThis, { sessionStorage });
}

test("an admin begins as one", () => {
  tab(["editor", "admin"]);
  assert.equal(keepAs("graphiql:admin"), "admin");
  assert.ok(session("graphiql:admin"));
});

test("an editor who signed in at the same button is kept as an editor", () => {
  tab(["editor"]);
  assert.equal(keepAs("graphiql:admin"), "editor");
  assert.equal(session("graphiql:admin"), undefined);
  assert.ok(session("graphiql:editor"));
});

test("what is no token has no groups", () => {
  for (const text of [undefined, "", "opaque", "a.b.c", token({})]) assert.deepEqual(groupsOf(text), []);
});
