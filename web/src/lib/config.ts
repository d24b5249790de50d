/** What the gateway tells its pages: where the graph and the sign-in services are. */

export interface Pool {
  authorizeUrl: string;
  tokenUrl: string;
  clientId: string;
  /** Registered at the pool; this page's own address when absent. */
  redirectUri?: string;
}

export interface DemoUser {
  persona: string;
  username: string;
  password: string;
}

export interface Config {
  graphqlPath: string;
  /** Whether the player is served here. */
  player?: boolean;
  identity: { viewer?: Pool; staff?: Pool; partner?: { tokenUrl: string; clientId: string; clientSecret: string } };
  /** Present in the demo only. */
  demoUsers?: DemoUser[];
}

export async function loadConfig(): Promise<Config> {
  const answer = await fetch("/-/config.json").catch(() => undefined);
  if (!answer?.ok) return { graphqlPath: "/graphql", identity: {} };
  return (await answer.json()) as Config;
}
