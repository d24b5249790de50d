/** Plays an HLS address in a video element, with menus for its subtitles and languages. */
import type Hls from "hls.js";

export interface Source {
  url: string;
  startSeconds: number;
  /** Subtitles in this language are on from the start. */
  language?: string | undefined;
  /** Hears why a stream broke off for good. */
  broken(why: string): void;
}
interface Menus {
  subtitles: HTMLSelectElement;
  audio: HTMLSelectElement;
}

/** Shows the source; the answer takes it off again. Safari plays HLS itself, elsewhere hls.js does. */
export async function attach(video: HTMLVideoElement, source: Source, menus: Menus): Promise<() => void> {
  const hls = "webkitShowPlaybackTargetPicker" in video ? undefined : await withHlsJs(video, source);
  if (!hls) Object.assign(video, { src: source.url, currentTime: source.startSeconds });
  const fill = () => fillMenus(video, hls, menus);
  video.textTracks.onaddtrack = ({ track }) => {
    if (track && track.language === source.language) track.mode = "showing";
    fill();
  };
  video.textTracks.onchange = video.textTracks.onremovetrack = video.onplaying = fill;
  return () => {
    hls?.destroy();
    video.removeAttribute("src");
    video.load();
  };
}

async function withHlsJs(video: HTMLVideoElement, { url, startSeconds, broken }: Source): Promise<Hls> {
  const { default: Player } = await import("hls.js");
  // No worker: hls.js would make it from a blob, which a strict content security policy forbids.
  const hls = new Player({ startPosition: startSeconds || -1, enableWorker: false });
  hls.on(Player.Events.ERROR, (_, { fatal, details }) => {
    if (fatal) broken(details);
  });
  hls.loadSource(url);
  hls.attachMedia(video);
  return hls;
}

function fillMenus(video: HTMLVideoElement, hls: Hls | undefined, { subtitles, audio }: Menus): void {
  const texts = [...video.textTracks].filter(({ kind }) => kind === "subtitles" || kind === "captions");
  const shown = texts.findIndex(({ mode }) => mode === "showing");
  fillMenu(subtitles, ["Off", ...texts.map(({ label }) => label)], shown + 1, (chosen) => {
    texts.forEach((track, index) => (track.mode = index + 1 === chosen ? "showing" : "disabled"));
  });
  fillMenu(audio, hls?.audioTracks.map(({ name }) => name) ?? [], hls?.audioTrack ?? 0, (chosen) => {
    hls!.audioTrack = chosen;
  });
}

function fillMenu(select: HTMLSelectElement, labels: string[], active: number, choose: (index: number) => void): void {
  select.replaceChildren(...labels.map((label, index) => new Option(label, label, false, index === active)));
  select.parentElement!.hidden = labels.length < 2;
  select.onchange = () => choose(select.selectedIndex);
}
