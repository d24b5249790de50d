import assert from "node:assert/strict";
import { test } from "node:test";
import { base64Url, challengeOf, randomText } from "../src/lib/signin.ts";

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
