import assert from "node:assert/strict";
import { test } from "node:test";
import { base64Url, challengeOf, randomText, renew, session } from "../src/lib/signin.ts";

test("the challenge is the one of RFC 7636, appendix B", async () => {
  const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  assert.equal(await challengeOf(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
});

test("base64url has no padding and no characters that an address would escape", () => {
  assert.equal(base64Url(new Uint8Array([251, 255, 254, 0])), "-__-AA");
});

test("a verifier has the 43 characters that the RFC asks for, and is new each time", () => {
  const [one, two] = [randomText(), randomText()];
  assert.match(one, /^[A-Za-z0-9_-]{43}$/);
  assert.notEqual(one, two);
});

/** A tab's storage, and a token endpoint that notes what it is asked; no answer stands for one that is away. */
function stage(kept: object, answer?: object) {
  const [stored, asked]: [Map<string, string>, string[]] = [new Map([["marquee:session:me", JSON.stringify(kept)]]), []];
  const storage = { getItem: (key: string) => stored.get(key) ?? null, setItem: (k: string, v: string) => stored.set(k, v) };
  const fetch = async (_url: string, { body }: { body: URLSearchParams }) => {
    asked.push(body.toString());
    if (!answer) throw new Error("away");
    return new Response(JSON.stringify(answer));
  };
  Object.assign(globalThis, { sessionStorage: storage, fetch });
  return { asked, kept: () => JSON.parse(stored.get("marquee:session:me")!) };
}
const POOL = { authorizeUrl: "", tokenUrl: "https://pool.example/oauth2/token", clientId: "web" };
const soon = () => Date.now() + 60_000;

test("a token that is about to end is renewed, and the refresh token stays", async () => {
  const there = stage({ accessToken: "old", expiresAt: soon(), refreshToken: "r" }, { access_token: "new", expires_in: 3600 });
  await renew("me", POOL);
  assert.deepEqual(there.asked, ["grant_type=refresh_token&client_id=web&refresh_token=r"]);
  assert.equal(session("me")?.accessToken, "new");
  assert.equal(there.kept().refreshToken, "r");
  await renew("me", POOL);
  assert.equal(there.asked.length, 1);
});

test("a rotated refresh token takes the place of the old one, also when the access token has ended", async () => {
  const answer = { access_token: "new", expires_in: 3600, refresh_token: "r2" };
  const there = stage({ accessToken: "old", expiresAt: 0, refreshToken: "r1" }, answer);
  await renew("me", POOL);
  assert.equal(there.kept().refreshToken, "r2");
});

test("a pool that is away costs nothing: the token is used until its end", async () => {
  const there = stage({ accessToken: "old", expiresAt: soon(), refreshToken: "r" });
  await renew("me", POOL);
  assert.equal(there.asked.length, 1);
  assert.equal(session("me")?.accessToken, "old");
});

test("without a refresh token nobody is asked", async () => {
  const there = stage({ accessToken: "old", expiresAt: soon() });
  await renew("me", POOL);
  assert.deepEqual(there.asked, []);
});
