/** The player's operations, sent with this tab's tokens. */
import { loadConfig } from "../lib/config.ts";
import { Client } from "../lib/graph.ts";
import { session, signOut } from "../lib/signin.ts";

const PROFILE = "marquee:profile";
const files = import.meta.glob<string>("./operations/*.graphql", { query: "?raw", import: "default", eager: true });
const documents = Object.entries(files).map(([path, text]) => {
  const spread = text.includes("...Card") ? files["./operations/card.graphql"] : "";
  return [path.slice("./operations/".length, -".graphql".length), text + spread];
});

type Chosen = { name: string; token: string; expiresAt: string };
export const signedIn = () => session("viewer") !== undefined;
export const choose = (profile: Chosen) => sessionStorage.setItem(PROFILE, JSON.stringify(profile));
export const forget = () => (signOut("viewer"), sessionStorage.removeItem(PROFILE));
export function chosen(): Chosen | undefined {
  const kept = JSON.parse(sessionStorage.getItem(PROFILE) ?? "null") as Chosen | null;
  return kept && signedIn() && Date.parse(kept.expiresAt) > Date.now() ? kept : undefined;
}

export const config = await loadConfig();
export const graph = new Client(config.graphqlPath, Object.fromEntries(documents), () => {
  const [token, profile] = [session("viewer")?.accessToken, chosen()?.token];
  return { ...(token && { authorization: `Bearer ${token}` }), ...(profile && { "x-profile-token": profile }) };
});
