/** Signs a person in by authorization code with PKCE; tokens live in this tab's session storage and nowhere else. */
import type { Pool } from "./config.ts";

export interface Session {
  accessToken: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
  refreshToken?: string;
}

type Pools = Record<string, Pool | undefined>;

interface Attempt {
  name: string;
  state: string;
  verifier: string;
  redirectUri: string;
  returnTo: string;
}

const ATTEMPT = "marquee:signin";
const key = (name: string) => `marquee:session:${name}`;

export function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

export const randomText = () => base64Url(crypto.getRandomValues(new Uint8Array(32)));

/** RFC 7636, S256. */
export async function challengeOf(verifier: string): Promise<string> {
  return base64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
}

export function session(name: string): Session | undefined {
  const kept = JSON.parse(sessionStorage.getItem(key(name)) ?? "null") as Session | null;
  return kept && kept.expiresAt > Date.now() ? kept : undefined;
}

export const signOut = (name: string) => sessionStorage.removeItem(key(name));

/** Leaves the page for the pool's sign-in; `finishSignIn` goes on when it comes back. */
export async function startSignIn(name: string, pool: Pool): Promise<void> {
  const redirectUri = pool.redirectUri ?? location.origin + location.pathname;
  const attempt: Attempt = { name, state: randomText(), verifier: randomText(), redirectUri, returnTo: location.href };
  sessionStorage.setItem(ATTEMPT, JSON.stringify(attempt));
  const url = new URL(pool.authorizeUrl);
  url.search = new URLSearchParams({
    response_type: "code",
    client_id: pool.clientId,
    redirect_uri: redirectUri,
    state: attempt.state,
    code_challenge: await challengeOf(attempt.verifier),
    code_challenge_method: "S256",
  }).toString();
  location.assign(url);
}

const EARLY_MS = 5 * 60_000;
const LOOK_MS = 60_000;
let looking: ReturnType<typeof setInterval> | undefined;

/** Gets a new access token shortly before the present one ends: a film may last longer than a token. */
export async function renew(name: string, pool: Pool, now = Date.now()): Promise<void> {
  const kept = JSON.parse(sessionStorage.getItem(key(name)) ?? "null") as Session | null;
  if (!kept?.refreshToken || kept.expiresAt - now > EARLY_MS) return;
  const refreshToken = kept.refreshToken;
  const form = { grant_type: "refresh_token", client_id: pool.clientId, refresh_token: refreshToken };
  await keep(name, pool.tokenUrl, form, { refreshToken }).catch(() => undefined); // Tried again at the next look.
}

/**
 * Trades the code in the address, if any, for tokens, and keeps sign-ins from running out while the page is open.
 * Gives the session's name; a refusal throws.
 */
export async function finishSignIn(pools: Pools): Promise<string | undefined> {
  const known = Object.entries(pools).flatMap(([name, pool]) => (pool ? [[name, pool] as const] : []));
  const look = () => Promise.all(known.map(([name, pool]) => renew(name, pool)));
  clearInterval(looking);
  looking = setInterval(() => void look(), LOOK_MS);
  await look();
  const query = new URLSearchParams(location.search);
  const attempt = JSON.parse(sessionStorage.getItem(ATTEMPT) ?? "null") as Attempt | null;
  if (!query.has("state") || !attempt) return undefined;
  sessionStorage.removeItem(ATTEMPT);
  history.replaceState(null, "", attempt.returnTo);
  const code = query.get("code");
  const pool = pools[attempt.name];
  if (!code || !pool || query.get("state") !== attempt.state) {
    const why = query.get("error_description") ?? query.get("error") ?? "start again";
    throw new Error(`Sign-in was not finished: ${why}`);
  }
  const { redirectUri, verifier } = attempt;
  await keep(attempt.name, pool.tokenUrl, {
    grant_type: "authorization_code",
    client_id: pool.clientId,
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  });
  return attempt.name;
}

/** Asks a token endpoint and keeps its tokens; what it does not give anew stays as in `before`. */
export async function keep(
  name: string,
  tokenUrl: string,
  form: Record<string, string>,
  before: Partial<Session> = {},
): Promise<void> {
  const answer = await fetch(tokenUrl, { method: "POST", body: new URLSearchParams(form) });
  if (!answer.ok) throw new Error(`Sign-in was refused (${answer.status}): ${await answer.text()}`);
  const token = (await answer.json()) as { access_token: string; expires_in: number; refresh_token?: string };
  const expiresAt = Date.now() + token.expires_in * 1000;
  const refreshed = token.refresh_token && { refreshToken: token.refresh_token };
  const kept: Session = { ...before, accessToken: token.access_token, expiresAt, ...refreshed };
  sessionStorage.setItem(key(name), JSON.stringify(kept));
}
