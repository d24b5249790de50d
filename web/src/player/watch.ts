/** Plays one title: starts the stream, shows it, keeps it alive, tells where the viewer is, stops it. */
import { control } from "../lib/controls.ts";
import { clockFrom, device } from "../lib/device.ts";
import type { Json } from "../lib/graph.ts";
import { attach } from "../lib/hls.ts";
import { $, dialog, render } from "../lib/page.ts";
import { graph } from "./graph.ts";
import { attempt, record, say } from "./messages.ts";
import { type Card, markerAt, playing, refusal } from "./models.ts";

const [stage, limit, video] = [dialog("stage"), dialog("limit"), $<HTMLVideoElement>("video")];
const showPictures = control(stage, video);
let [stream, time, detach, over, stopped] = [undefined as Json, () => "", () => {}, new AbortController(), Promise.resolve()];

export async function play(playableId: string, card: Card, replaceSessionId?: string): Promise<void> {
  await end();
  const variables = { key: crypto.randomUUID(), input: { playableId, ...device(), replaceSessionId } };
  const { session, errors = [] } = (await graph.ask("start", variables)).startPlayback ?? {};
  if (errors[0]?.activeSessions) return tooMany(errors[0], (id) => play(playableId, card, id));
  if (!session?.delivery) return say(errors[0] ? refusal(errors[0]) : "This cannot be played now.");
  record("PLAYED", card);
  await show(session, card);
}

/** All streams of the plan are in use: the viewer picks the one to stop. */
function tooMany(fault: Json, takeOver: (id: string) => Promise<void>): void {
  const take = ({ id }: Json) => (limit.close(), attempt(takeOver(id)));
  const devices = fault.activeSessions.map((one: Json) => ({ ...one, name: playing(one.playable) }));
  $("limit-body").replaceChildren(render($("t-limit"), { ...fault, devices }, { take }));
  limit.showModal();
}

async function show(started: Json, card: Card): Promise<void> {
  [stream, time] = [started, clockFrom(started.startedAt)];
  const { signal } = (over = new AbortController());
  $("playing").textContent = playing(stream.playable);
  video.ontimeupdate = () => offerSkip(card);
  stage.showModal();
  const timer = setInterval(() => attempt(beat()), stream.heartbeatSeconds * 1000);
  signal.addEventListener("abort", () => clearInterval(timer));
  follow(stream.id, signal).catch(() => undefined); // The heartbeat tells the same, only later.
  const source = {
    url: stream.delivery.manifestUrl,
    startSeconds: stream.resumeSeconds,
    language: stream.subtitles?.find((one: Json) => one.default)?.language,
    broken: (why: string) => void end(`The stream broke off: ${why}.`),
  };
  void showPictures(stream.delivery.thumbnailsUrl);
  detach = await attach(video, source, { subtitles: $("subtitles"), audio: $("audio") });
  if (signal.aborted) return detach(); // Left while the player was loading.
  video.focus();
  await video.play().catch(() => say("Press play to start."));
}

function position(): object {
  const positionSeconds = Math.floor(video.currentTime || stream.resumeSeconds); // 0 until the first picture
  return { sessionId: stream.id, positionSeconds, observedAt: time() };
}

async function beat(): Promise<void> {
  const { heartbeatPlayback } = await graph.ask("heartbeat", { input: position() });
  if (heartbeatPlayback?.errors.length) await end(heartbeatPlayback.errors[0].message);
}

async function follow(id: string, signal: AbortSignal): Promise<void> {
  for await (const { playbackChanged } of graph.listen("watch", { id }, signal)) {
    if (playbackChanged.status === "REVOKED") await end("Another device took over, or the account's streams were ended.");
    else if (playbackChanged.status !== "ACTIVE") await end("This stream has ended.");
  }
}

/** Stops the stream, if any, and says why. The request outlives the page. */
export async function end(reason = ""): Promise<void> {
  if (!stream) return stopped; // Who plays on at once goes on where it was.
  stopped = graph.ask("stop", { input: position() }, { keepalive: true }).catch(() => undefined);
  stream = undefined;
  over.abort();
  detach();
  stage.close();
  say(reason);
  await stopped;
  dispatchEvent(new Event("marquee:watched"));
}

/** A button over the picture while a marker runs: past the intro, or on to the next episode. */
function offerSkip(card: Card): void {
  const marker = markerAt(stream?.markers ?? [], video.currentTime);
  const [last, next] = [marker?.kind === "CREDITS", stream?.playable.next];
  $("skip").hidden = !marker || (last && !next);
  $("skip").textContent = last ? "Next episode" : `Skip ${marker?.kind.toLowerCase()}`;
  $("skip").onclick = () => (last ? attempt(play(next.id, card)) : (video.currentTime = marker.endSeconds));
}

video.onpause = () => void (stream && attempt(beat()));
video.onended = stage.onclose = $("leave").onclick = () => void end();
for (const left of ["pagehide", "marquee:signedout"]) addEventListener(left, () => void end());
