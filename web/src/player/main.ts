/** The player page: shelves, search, who is watching, the page of a title. */
import "./player.css";
import type { Json } from "../lib/graph.ts";
import { $, dialog, render, whenSeen } from "../lib/page.ts";
import { finishSignIn, startSignIn } from "../lib/signin.ts";
import { choose, chosen, config, forget, graph, signedIn } from "./graph.ts";
import { attempt, record, say } from "./messages.ts";
import { type Card, card, ownShelves, page, publicShelves, type Shelf } from "./models.ts";
import { play } from "./watch.ts";

const [home, results, account, who, title] = [$("home"), $("results"), $("account"), dialog("who"), dialog("title")];
const search = $<HTMLInputElement>("search");
const setListed = (titleId: string, on: boolean) => graph.ask("watchlist", { titleId, on });
let reopen = async () => {};

const actions = {
  open: (model: Card) => (record("CLICKED", model), attempt(open(model))),
  play: (model: Json) => attempt(chosen() ? play(model.playableId, model) : identify()),
  list: (model: Json) => attempt(setListed(model.titleId, !model.listed).then(() => open(model)).then(showHome)),
  select: (model: Json, button: HTMLElement) => attempt(select(model, button)),
  leave: () => graph.ask("leave").catch(() => undefined).finally(() => (forget(), location.reload())),
};

function shelf(model: Shelf): DocumentFragment {
  const drawn = render($("t-shelf"), model, actions);
  whenSeen(drawn.querySelectorAll(".card"), (index) => record("SHOWN", model.cards[index]!));
  return drawn;
}

async function open(from: Card, season = 1): Promise<void> {
  const { node } = await graph.ask("title", { id: from.titleId, season });
  if (!node) return say("This title is not available here.");
  reopen = () => open(from, season);
  const model = page(node, from);
  title.replaceChildren(render($("t-title"), model, actions));
  if (model.similar.length) title.append(shelf({ name: "More like this", cards: model.similar }));
  const seasons = title.querySelector("select");
  if (seasons) Object.assign(seasons, { value: season, onchange: () => attempt(open(from, Number(seasons.value))) });
  title.ariaLabel = model.name;
  if (!title.open) title.showModal();
}

async function showHome(): Promise<void> {
  const mine = signedIn() ? graph.ask("me").catch(() => undefined) : undefined;
  const all = publicShelves((await graph.ask("home")).home);
  account.textContent = chosen()?.name ?? (signedIn() ? "Who is watching?" : "Sign in");
  home.replaceChildren(...[...ownShelves((await mine)?.viewer?.profile), ...all].map(shelf));
  const first = all[0]?.cards[0];
  const { node } = first ? await graph.ask("title", { id: first.titleId, season: 1 }) : { node: null };
  if (node) home.prepend(render($("t-banner"), page(node, first!), actions));
}

async function identify(): Promise<void> {
  const pool = config.identity.viewer;
  if (!signedIn()) return pool ? startSignIn("viewer", pool) : say("This server has no sign-in.");
  const { viewer } = await graph.ask("me");
  $("who-body").replaceChildren(render($("t-who"), viewer ?? {}, actions));
  who.showModal();
}

async function select({ id, locked, name }: Json, button: HTMLElement): Promise<void> {
  const pin = button.parentElement!.querySelector("input");
  if (locked && !pin!.value) return pin!.focus();
  const { selectProfile } = await graph.ask("select", { input: { id, pin: pin?.value } });
  if (!selectProfile?.token) return say(selectProfile?.errors[0]?.message ?? "Try again.");
  choose({ name, token: selectProfile.token, expiresAt: selectProfile.expiresAt });
  who.close();
  await showHome();
}

async function find(text: string): Promise<void> {
  [home.hidden, results.hidden] = [text !== "", text === ""];
  const edges: Json[] = text ? ((await graph.ask("search", { text })).search?.edges ?? []) : [];
  const titles = edges.map(({ node }) => node.series ?? node).filter(({ id }) => id); // People have no card.
  const cards = [...new Map(titles.map((one) => [one.id, card(one)])).values()];
  const name = `${cards.length ? "Found" : "Nothing found"} for “${text}”`;
  if (text === search.value.trim()) results.replaceChildren(shelf({ name, cards }));
}

search.oninput = () => attempt(find(search.value.trim()));
account.onclick = () => attempt(identify());
addEventListener("marquee:watched", () => attempt(title.open ? reopen().then(showHome) : showHome()));
await attempt(finishSignIn({ viewer: config.identity.viewer }));
await attempt(showHome());
if (signedIn() && !chosen()) attempt(identify());
