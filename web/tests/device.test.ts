import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { clockFrom } from "../src/lib/device.ts";

test("a clock that is hours ahead tells the server's time from the start of a stream on", () => {
  mock.timers.enable({ apis: ["Date"], now: Date.parse("2026-11-24T06:00:00Z") });
  const time = clockFrom("2026-11-24T03:00:00Z");
  mock.timers.tick(61_000);
  assert.equal(time(), "2026-11-24T03:01:01.000Z");
});
