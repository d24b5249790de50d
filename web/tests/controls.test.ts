import assert from "node:assert/strict";
import { test } from "node:test";
import { picturesOf } from "../src/lib/controls.ts";
import { clock } from "../src/lib/text.ts";

const TRACK = `WEBVTT

00:00:00.000 --> 00:00:02.000
https://media.example/v/1/sprite.jpg?Policy=a~b&Signature=c#xywh=0,0,160,90

1:02.500 --> 00:01:04.000 align:start\r
next.jpg#xywh=pixel:160,90,160,90\r
`;

test("a thumbnail track says from when which part of which sprite is shown", () => {
  assert.deepEqual(picturesOf(TRACK, "https://media.example/play/token/trickplay/thumbnails.vtt"), [
    { start: 0, url: "https://media.example/v/1/sprite.jpg?Policy=a~b&Signature=c", place: [0, 0, 160, 90] },
    { start: 62.5, url: "https://media.example/play/token/trickplay/next.jpg", place: [160, 90, 160, 90] },
  ]);
});

test("a track without pictures shows none", () => {
  for (const text of ["", "WEBVTT\n", "WEBVTT\n\n00:00.000 --> 00:02.000\nJust a subtitle\n", "<html>404</html>"]) {
    assert.deepEqual(picturesOf(text, "https://media.example/"), []);
  }
});

test("a clock says hours only when there are some", () => {
  assert.deepEqual([0, 9.9, 75, 5040].map(clock), ["0:00", "0:09", "1:15", "1:24:00"]);
});
