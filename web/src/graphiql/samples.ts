/** Real ids for the variables of the examples, asked from the server that is in front of us. */
import type { GraphQLSchema } from "graphql";
import type { Json } from "../lib/graph.ts";
import { isServed } from "./examples.ts";

type Ask = (query: string) => Promise<unknown>;
type Path = (string | number)[];

const first = (kind: string, fields: string) =>
  `{ titles(filter: { kind: ${kind} }, first: 1) { nodes { ${fields} } } }`;

/** The question, then where in its answer each sample lies. */
const QUESTIONS: [string, Record<string, Path>][] = [
  [
    first("MOVIE", "id slug name genres { id } credits(first: 1) { nodes { person { id } } }"),
    {
      movieId: ["titles", "nodes", 0, "id"],
      playableId: ["titles", "nodes", 0, "id"],
      movieSlug: ["titles", "nodes", 0, "slug"],
      searchText: ["titles", "nodes", 0, "name"],
      genreId: ["titles", "nodes", 0, "genres", 0, "id"],
      personId: ["titles", "nodes", 0, "credits", "nodes", 0, "person", "id"],
    },
  ],
  [first("SERIES", "id"), { seriesId: ["titles", "nodes", 0, "id"] }],
  ["{ viewer { profiles { id } } }", { profileId: ["viewer", "profiles", 0, "id"] }],
];

export function at(value: Json, path: Path): unknown {
  return path.reduce((found, step) => found?.[step], value);
}

export async function findSamples(schema: GraphQLSchema, ask: Ask): Promise<Record<string, string>> {
  const samples: Record<string, string> = { uuid: crypto.randomUUID(), number: String(Date.now() % 100000) };
  const served = QUESTIONS.filter(([query]) => isServed(schema, query));
  const answers = await Promise.all(served.map(([query]) => ask(query).catch(() => undefined)));
  served.forEach(([, paths], index) => {
    for (const [name, path] of Object.entries(paths)) {
      const found = at(answers[index], ["data", ...path]);
      if (typeof found === "string") samples[name] = found;
    }
  });
  return samples;
}
