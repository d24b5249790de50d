/** The controls of a film: play, volume, full screen, keys, and a seek bar with a picture of where it points. */
import { $, markIdle } from "./page.ts";
import { clock } from "./text.ts";

export interface Picture {
  start: number;
  url: string;
  /** Left, top, width and height in the sprite, in pixels. */
  place: number[];
}

const CUE = /([\d:.]+) --> .*\n(\S+)#xywh=(?:pixel:)?(\d+),(\d+),(\d+),(\d+)/g;
const seconds = (stamp: string) => stamp.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);

/** The pictures of a WebVTT track of places in sprites, `sprite.jpg#xywh=160,0,160,90`, in the order of time. */
export function picturesOf(track: string, base: string): Picture[] {
  return [...track.replaceAll("\r", "").matchAll(CUE)].map(([, start, name, ...place]) => ({
    start: seconds(start!),
    url: new URL(name!, base).href,
    place: place.map(Number),
  }));
}

const JUMP_SECONDS = 5;

/** Makes the stage's controls work for good; each film tells its own pictures, which are a nicety that may be missing. */
export function control(stage: HTMLElement, video: HTMLVideoElement): (thumbnailsUrl?: string) => Promise<void> {
  const [seek, volume, toggle] = [$<HTMLInputElement>("seek"), $<HTMLInputElement>("volume"), $("toggle")];
  const [preview, frame] = [$("preview"), $("frame")];
  let pictures: Picture[] = [];
  let wanted: string | undefined;
  let held = false;
  let fading: ReturnType<typeof setTimeout>;
  const length = () => video.duration || 0;
  const hide = () => (preview.hidden = true);

  function peek(at: number, stays: boolean): void {
    const { url = "", place = [0, 0, 0, 0] } = pictures.findLast(({ start }) => start <= at) ?? {};
    const [x, y, width, height] = place.map((pixels) => `${pixels}px`);
    Object.assign(frame.style, { width, height, backgroundImage: url && `url("${url}")`, backgroundPosition: `-${x} -${y}` });
    $("preview-time").textContent = clock(at);
    preview.style.setProperty("--at", String(at / (length() || 1)));
    preview.hidden = false;
    clearTimeout(fading);
    if (!stays) fading = setTimeout(hide, 1500);
  }

  /** What a screen reader says; not at every tick, or it would never be quiet. */
  const tell = () => (seek.ariaValueText = `${clock(seek.valueAsNumber)} of ${clock(length())}`);
  function tick(): void {
    if (!held) Object.assign(seek, { max: String(Math.floor(length())), value: String(video.currentTime) });
    $("clock").textContent = `${clock(video.currentTime)} / ${clock(length())}`;
    stage.classList.toggle("paused", video.paused);
    toggle.ariaLabel = video.paused ? "Play" : "Pause";
    volume.value = String(video.muted ? 0 : video.volume);
  }
  function go(at: number): void {
    held = false;
    video.currentTime = Math.min(Math.max(at, 0), length());
    tick();
    tell();
    peek(video.currentTime, false);
  }

  const play = () => void (video.paused ? video.play() : video.pause());
  const full = () => void (document.fullscreenElement ? document.exitFullscreen() : stage.requestFullscreen());
  const keys: Record<string, () => void> = {
    " ": play,
    k: play,
    f: full,
    m: () => (video.muted = !video.muted),
    ArrowLeft: () => go(video.currentTime - JUMP_SECONDS),
    ArrowRight: () => go(video.currentTime + JUMP_SECONDS),
  };
  stage.addEventListener("keydown", (event) => {
    const busy = event.target !== seek && (event.target as Element).matches("button, select, input");
    if (busy || event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]!();
  });

  for (const event of ["timeupdate", "durationchange", "play", "pause", "volumechange", "emptied"]) {
    video.addEventListener(event, tick);
  }
  video.addEventListener("click", (event) => (event as PointerEvent).pointerType === "touch" || play());
  for (const event of ["waiting", "playing", "canplay", "emptied"]) {
    video.addEventListener(event, () => stage.classList.toggle("waiting", event === "waiting"));
  }
  seek.onfocus = tell;
  seek.oninput = () => ((held = true), tell(), peek(seek.valueAsNumber, true));
  seek.onchange = () => go(seek.valueAsNumber);
  seek.onpointermove = ({ pointerType, offsetX }) => {
    if (pointerType === "mouse" && !held) peek(Math.min(Math.max(offsetX / seek.clientWidth, 0), 1) * length(), true);
  };
  seek.onpointerleave = hide;
  toggle.onclick = play;
  $("full").onclick = full;
  volume.oninput = () => Object.assign(video, { volume: volume.valueAsNumber, muted: false });
  markIdle(stage, 3000);

  return async (thumbnailsUrl) => {
    [pictures, wanted] = [[], thumbnailsUrl];
    hide();
    const answer = thumbnailsUrl ? await fetch(thumbnailsUrl).catch(() => undefined) : undefined;
    const track = answer?.ok ? await answer.text() : "";
    if (wanted === thumbnailsUrl) pictures = picturesOf(track, thumbnailsUrl ?? "");
  };
}
