/** GraphiQL of the gateway: no request leaves this origin, but for signing in. */
import "graphiql/setup-workers/vite";
// Its parts, not `graphiql/style.css`: that one carries 600 kB of fonts and a second copy of the editor's styles.
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "@graphiql/plugin-explorer/style.css";
import "./graphiql.css";

import { buildClientSchema, getIntrospectionQuery, type GraphQLSchema } from "graphql";
import { createRoot } from "react-dom/client";
import { type Config, loadConfig } from "../lib/config.ts";
import type { Json } from "../lib/graph.ts";
import { finishSignIn, session } from "../lib/signin.ts";
import { App } from "./app.tsx";
import { type Example, PERSONAS, type Persona, readExample } from "./examples.ts";
import { accountOf, PERSONA, poolsByAccount, staff } from "./personas.ts";
import { findSamples } from "./samples.ts";

const EXAMPLES: Example[] = Object.values(
  import.meta.glob<string>("../examples/*.graphql", { query: "?raw", import: "default", eager: true }),
).map(readExample);

async function ask(config: Config, query: string, token?: string): Promise<Json> {
  const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
  return (await fetch(config.graphqlPath, { method: "POST", headers, body: JSON.stringify({ query }) })).json();
}

async function introspect(config: Config, token?: string): Promise<GraphQLSchema | undefined> {
  const answer = await ask(config, getIntrospectionQuery(), token).catch(() => undefined);
  return answer?.data && buildClientSchema(answer.data);
}

async function main(): Promise<void> {
  const config = await loadConfig();
  let notice = "";
  await finishSignIn(poolsByAccount(config)).catch((error: Error) => (notice = error.message));
  const kept = sessionStorage.getItem(PERSONA);
  const persona: Persona = PERSONAS.find((one) => one === kept) ?? "visitor";
  const token = session(accountOf(persona))?.accessToken;
  // In production only staff are told the schema; it is the same one for whomever they act as.
  const schema = (await introspect(config, token)) ?? (await introspect(config, staff()?.accessToken));
  const samples = schema ? await findSamples(schema, (query) => ask(config, query, token)) : {};
  createRoot(document.getElementById("root")!).render(
    <App
      {...{ config, persona, token, schema, samples, notice, examples: EXAMPLES }}
      onPersona={(next) => {
        // A fresh page: the editors, the schema and the tabs all belong to one persona.
        sessionStorage.setItem(PERSONA, next);
        location.reload();
      }}
    />,
  );
}

void main();
