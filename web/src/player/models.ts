/** From the graph's answers to what the templates show. */
import type { Json } from "../lib/graph.ts";
import { list, runtime } from "../lib/text.ts";

export type Card = { titleId: string; name: string; note: string; image?: string; attribution?: string };
export type Shelf = { name: string; cards: Card[] };

const names = (items?: Json[]) => items?.map((one) => (one.person ?? one).name).join(", ");
const place = ({ season, number }: Json) => `S${season?.number} E${number}`;

export function card(title: Json, attribution?: string): Card {
  const when = title.availability?.status === "UPCOMING" ? "Coming soon" : title.releaseDate?.slice(0, 4);
  const note = list(when, title.maturity?.code);
  return { titleId: title.id, name: title.name, note, image: title.poster?.url, ...(attribution && { attribution }) };
}
const cards = (titles: Json): Card[] => titles?.edges.map((edge: Json) => card(edge.node, edge.attribution)) ?? [];
const filled = (shelves: Shelf[]) => shelves.filter((shelf) => shelf.cards.length > 0);

/** What the profile began and chose. */
export function ownShelves(profile: Json): Shelf[] {
  const begun = profile?.continueWatching?.nodes.map(({ fraction, playable }: Json) => {
    const shown = card(playable.series ?? playable);
    return { ...shown, fraction, note: playable.series ? list(place(playable), playable.name) : shown.note };
  });
  const chosen = profile?.watchlist?.nodes.map((title: Json) => card(title));
  return filled([{ name: "Continue watching", cards: begun ?? [] }, { name: "My list", cards: chosen ?? [] }]);
}

/** The shelves of the service, less its own copies of those two. */
export function publicShelves(home: Json): Shelf[] {
  const rails = home?.nodes.filter((rail: Json) => rail && !["CONTINUE_WATCHING", "WATCHLIST"].includes(rail.kind));
  return filled(rails?.map((rail: Json) => ({ name: rail.name, cards: cards(rail.titles) })) ?? []);
}

function episode(one: Json, titleId: string) {
  const [heading, length, image] = [`${one.number}. ${one.name}`, runtime(one.runtimeSeconds), one.still?.url];
  return { ...one, titleId, playableId: one.id, heading, length, image, fraction: one.progress?.fraction };
}

export function page(title: Json, from: Card) {
  const [shown, state] = [card(title, from.attribution), title.viewerState];
  const episodes = title.season?.episodes.nodes.map((one: Json) => episode(one, title.id)) ?? [];
  const next = state?.upNext ?? (title.season ? episodes[0] : title);
  const length = title.runtimeSeconds && runtime(title.runtimeSeconds);
  return {
    ...title, ...shown, episodes,
    notes: list(shown.note, length, title.maxQuality?.replace("_", " ")),
    backdrop: title.backdrop?.url,
    people: names(title.cast?.nodes), directors: names(title.directors?.nodes), genres: names(title.genres),
    playableId: title.availability?.status === "UPCOMING" ? undefined : next?.id,
    play: title.progress?.fraction && !title.progress.completed ? "Resume" : "Play",
    listed: state?.inWatchlist, unlisted: state && !state.inWatchlist,
    seasons: title.seasons?.nodes, similar: cards(title.similar),
  };
}

export const playing = (one: Json) => list(one.series?.name, one.series && place(one), one.name);
export const refusal = ({ message, requiredPlan }: Json) => list(message, requiredPlan?.name);

/** The marker that a position lies in; one that ends within a second is not worth a button. */
export const markerAt = (markers: Json[], seconds: number) =>
  markers.find(({ startSeconds, endSeconds }) => startSeconds <= seconds && seconds < endSeconds - 1);
