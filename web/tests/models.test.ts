import assert from "node:assert/strict";
import { test } from "node:test";
import { runtime } from "../src/lib/text.ts";
import { card, markerAt, ownShelves, page, playing, publicShelves, refusal } from "../src/player/models.ts";

const HEAT = {
  id: "1",
  name: "Heat",
  releaseDate: "1995-12-15",
  maturity: { code: "16" },
  poster: { url: "/heat.svg" },
  availability: { status: "AVAILABLE" },
};
const HEAT_CARD = { titleId: "1", name: "Heat", note: "1995 · 16", image: "/heat.svg" };
const RAIN = { id: "2", name: "Rain" };

test("a card says year and rating", () => {
  assert.deepEqual(card(HEAT, "why"), { ...HEAT_CARD, attribution: "why" });
});

test("a title that is not out yet says so instead of its year", () => {
  assert.equal(card({ ...HEAT, availability: { status: "UPCOMING" } }).note, "Coming soon · 16");
});

test("a server without pictures or ratings still makes a card", () => {
  assert.deepEqual(card(RAIN), { titleId: "2", name: "Rain", note: "", image: undefined });
});

test("shelves that failed or are empty are left out, and those that the page makes itself", () => {
  const rail = (name: string, kind: string, edges: object[]) => ({ name, kind, titles: { edges } });
  const nodes = [
    null,
    rail("Empty", "NEW", []),
    { name: "Late", kind: "RECOMMENDED", titles: null },
    rail("Continue", "CONTINUE_WATCHING", [{ node: HEAT }]),
    rail("Trending", "TRENDING", [{ node: HEAT, attribution: "why" }]),
  ];
  assert.deepEqual(publicShelves({ nodes }), [{ name: "Trending", cards: [{ ...HEAT_CARD, attribution: "why" }] }]);
  assert.deepEqual(publicShelves(null), []);
});

test("what was begun shows its episode and how far it is; nobody's profile has no shelves", () => {
  const episode = { id: "9", name: "Arrivals", number: 1, season: { number: 2 }, series: RAIN };
  const nodes = [{ fraction: 0.4, playable: episode }, { fraction: 0.1, playable: HEAT }];
  assert.deepEqual(ownShelves({ continueWatching: { nodes }, watchlist: { nodes: [] } }), [
    {
      name: "Continue watching",
      cards: [
        { titleId: "2", name: "Rain", note: "S2 E1 · Arrivals", image: undefined, fraction: 0.4 },
        { ...HEAT_CARD, fraction: 0.1 },
      ],
    },
  ]);
  assert.deepEqual(ownShelves(null), []);
});

test("play starts the movie, the next episode, the first one, or nothing that is not out", () => {
  const season = { episodes: { nodes: [{ id: "e1", number: 1, name: "A", runtimeSeconds: 60 }] } };
  const played = (title: object) => page({ ...HEAT, ...title }, HEAT_CARD).playableId;
  assert.equal(played({}), "1");
  assert.equal(played({ season, viewerState: { upNext: { id: "e7" } } }), "e7");
  assert.equal(played({ season }), "e1");
  assert.equal(played({ availability: { status: "UPCOMING" } }), undefined);
});

test("the button says resume for what was begun and not finished", () => {
  const label = (progress?: object) => page({ ...HEAT, progress }, HEAT_CARD).play;
  const watched = [undefined, { fraction: 0.3 }, { fraction: 0.97, completed: true }];
  assert.deepEqual(watched.map(label), ["Play", "Resume", "Play"]);
});

test("a refusal names the plan that would allow it", () => {
  assert.equal(refusal({ message: "Needs more.", requiredPlan: { name: "Premium" } }), "Needs more. · Premium");
  assert.equal(refusal({ message: "Needs more." }), "Needs more.");
});

test("what plays is told by series, place and name", () => {
  const episode = { name: "Arrivals", number: 1, season: { number: 2 }, series: RAIN };
  assert.equal(playing(episode), "Rain · S2 E1 · Arrivals");
  assert.equal(playing(HEAT), "Heat");
});

test("a marker counts until a second before its end", () => {
  const intro = { kind: "INTRO", startSeconds: 10, endSeconds: 40 };
  const found = [9, 10, 38.9, 39].map((seconds) => markerAt([intro], seconds)?.kind);
  assert.deepEqual(found, [undefined, "INTRO", "INTRO", undefined]);
});

test("a runtime is told in hours and minutes", () => {
  assert.deepEqual([2700, 5040, 7200].map(runtime), ["45 min", "1 h 24 min", "2 h 0 min"]);
});
