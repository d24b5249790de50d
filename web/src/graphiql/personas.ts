/** How each persona signs in. */
import type { Config } from "../lib/config.ts";
import { keep, type Session, session, startSignIn } from "../lib/signin.ts";
import type { Persona } from "./examples.ts";

export const TITLES: Record<Persona, string> = {
  visitor: "Visitor",
  viewer: "Viewer",
  editor: "Editor",
  admin: "Admin",
  partner: "Partner",
};

/** The session that a persona uses; editors and administrators come from one pool but are different people. */
export const accountOf = (persona: Persona) => `graphiql:${persona}`;

/** Where the chosen persona is kept. */
export const PERSONA = "marquee:persona";

/** Who of the staff is signed in, if anyone is. */
export const staff = (): Session | undefined => session(accountOf("admin")) ?? session(accountOf("editor"));

/** The pool behind a persona; none for visitors and partners. */
export function poolOf(persona: Persona, { identity }: Config) {
  if (persona === "viewer") return identity.viewer;
  return persona === "editor" || persona === "admin" ? identity.staff : undefined;
}

export const canSignIn = (persona: Persona, config: Config) =>
  persona === "partner" ? config.identity.partner !== undefined : poolOf(persona, config) !== undefined;

/** The pools by session name, for the way back from a sign-in. */
export const poolsByAccount = (config: Config) =>
  Object.fromEntries((["viewer", "editor", "admin"] as const).map((one) => [accountOf(one), poolOf(one, config)]));

/** Partners are machines: client credentials, no page to visit. */
export async function signIn(persona: Persona, config: Config): Promise<void> {
  const { partner } = config.identity;
  const pool = poolOf(persona, config);
  if (pool) return startSignIn(accountOf(persona), pool);
  if (persona !== "partner" || !partner) return;
  const form = { grant_type: "client_credentials", client_id: partner.clientId, client_secret: partner.clientSecret };
  await keep(accountOf(persona), partner.tokenUrl, form);
  location.reload();
}
