/** Sends what the editor holds: over HTTP, in parts for @defer, over a WebSocket for subscriptions. */
import { createGraphiQLFetcher, type Fetcher, type FetcherParams } from "@graphiql/toolkit";

export const PROFILE_TOKEN = "marquee:graphiql:profile-token";

export function createFetcher(path: string): Fetcher {
  const url = new URL(path, location.href);
  const socket = new URL(url);
  socket.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const send = createGraphiQLFetcher({
    url: url.href,
    subscriptionUrl: socket.href,
    fetch: fetchWithProfile,
    // Read at each subscription: the profile may have changed since the page began.
    get wsConnectionParams() {
      return profileHeader();
    },
  });
  return (params, options) => send(withKnownName(params), options);
}

/** GraphiQL learns an operation's name a moment after its tab was chosen: until then it would send the one before. */
export function withKnownName(params: FetcherParams): FetcherParams {
  const { operationName, ...rest } = params;
  const known = new RegExp(`\\b(query|mutation|subscription)\\s+${operationName}\\b`).test(params.query);
  return operationName && known ? params : rest;
}

function profileHeader(): Record<string, string> {
  const token = sessionStorage.getItem(PROFILE_TOKEN);
  return token ? { "X-Profile-Token": token } : {};
}

/** Adds the profile token, which `selectProfile` gave, to every request that is signed in. */
async function fetchWithProfile(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const headers = new Headers(init?.headers);
  if (headers.has("authorization") && !headers.has("x-profile-token")) {
    for (const [name, value] of Object.entries(profileHeader())) headers.set(name, value);
  }
  const answer = await fetch(input, { ...init, headers });
  if (typeof init?.body === "string" && init.body.includes("selectProfile")) void keepProfileToken(answer.clone());
  return answer;
}

async function keepProfileToken(answer: Response): Promise<void> {
  const body = (await answer.json().catch(() => null)) as { data?: { selectProfile?: { token?: string } } } | null;
  const token = body?.data?.selectProfile?.token;
  if (token) sessionStorage.setItem(PROFILE_TOKEN, token);
}
