/** The page around GraphiQL: who you are, the sign-in, the examples. */
import { explorerPlugin } from "@graphiql/plugin-explorer";
import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { GraphiQL } from "graphiql";
import type { GraphQLSchema } from "graphql";
import { useMemo, useState } from "react";
import type { Config } from "../lib/config.ts";
import { signOut } from "../lib/signin.ts";
import { type Example, examplesFor, fill, PERSONAS, type Persona } from "./examples.ts";
import { createFetcher, PROFILE_TOKEN } from "./fetcher.ts";
import { examplesPlugin } from "./examples-plugin.tsx";
import { accountOf, canSignIn, signIn, TITLES } from "./personas.ts";
import { drawerFor } from "./storage.ts";

interface Props {
  config: Config;
  persona: Persona;
  token: string | undefined;
  /** Undefined when the server refuses introspection: then every example is shown. */
  schema: GraphQLSchema | undefined;
  samples: Record<string, string>;
  examples: Example[];
  notice: string;
  onPersona(persona: Persona): void;
}

export function App({ config, persona, token, schema, samples, examples, notice, onPersona }: Props) {
  const headers = JSON.stringify(
    { "Accept-Language": "en", ...(token && { Authorization: `Bearer ${token}` }) },
    null,
    2,
  );
  const shown = useMemo(
    () => examplesFor(persona, examples, schema).map((one) => ({ ...one, variables: fill(one.variables, samples) })),
    [persona, examples, schema, samples],
  );
  const fetcher = useMemo(() => createFetcher(config.graphqlPath), [config]);
  const storage = useMemo(() => drawerFor(persona, headers, samples), [persona, headers, samples]);
  const plugins = useMemo(() => [HISTORY_PLUGIN, explorerPlugin(), examplesPlugin(shown, headers)], [shown, headers]);
  const tabs = shown.map(({ query, variables }) => ({ query, variables, headers }));
  return (
    <>
      <Header {...{ config, persona, notice, onPersona }} signedIn={token !== undefined} />
      <GraphiQL
        {...{ fetcher, storage, plugins }}
        {...(schema && { schema })}
        defaultHeaders={headers}
        defaultQuery="# Write an operation here; Ctrl+Space completes it.\n"
        {...(tabs[0] && { defaultTabs: tabs })}
        {...(tabs[0] && storage.length === 0 && { initialVariables: tabs[0].variables })}
        defaultEditorToolsVisibility="variables"
        shouldPersistHeaders={false}
      >
        <GraphiQL.Logo>
          <></>
        </GraphiQL.Logo>
      </GraphiQL>
    </>
  );
}

type HeaderProps = Pick<Props, "config" | "persona" | "notice" | "onPersona"> & { signedIn: boolean };

function Header({ config, persona, notice, signedIn, onPersona }: HeaderProps) {
  const [message, setMessage] = useState(notice);
  const users = config.demoUsers?.filter((user) => user.persona === persona) ?? [];
  const leave = () => {
    signOut(accountOf(persona));
    sessionStorage.removeItem(PROFILE_TOKEN);
    location.reload();
  };
  return (
    <header className="marquee-header">
      <strong className="marquee-word">Marquee</strong>
      <fieldset className="marquee-personas">
        <legend>Act as</legend>
        {PERSONAS.map((one) => (
          <label key={one}>
            <input type="radio" name="persona" checked={one === persona} onChange={() => onPersona(one)} />
            <span>{TITLES[one]}</span>
          </label>
        ))}
      </fieldset>
      <p className="marquee-message" role="status">
        {message}
      </p>
      {config.player && <a href="/player">Player</a>}
      {!signedIn && users.map((user) => <DemoUser key={user.username} {...user} />)}
      {signedIn ? (
        <button type="button" onClick={leave}>
          Sign out
        </button>
      ) : (
        canSignIn(persona, config) && (
          <button
            type="button"
            className="marquee-primary"
            onClick={() => void signIn(persona, config).catch((error: Error) => setMessage(error.message))}
          >
            Sign in as {TITLES[persona].toLowerCase()}
          </button>
        )
      )}
    </header>
  );
}

/** The password is on show because this user exists in the demo only. */
function DemoUser({ username, password }: { username: string; password: string }) {
  return (
    <span className="marquee-demo-user">
      <code>{username}</code> <code>{password}</code>
    </span>
  );
}
