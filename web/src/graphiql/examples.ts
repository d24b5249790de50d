/** The ready-made operations: read from their files, kept when the schema has what they ask, filled with real ids. */
import { type GraphQLSchema, parse, validate } from "graphql";

export const PERSONAS = ["visitor", "viewer", "editor", "admin", "partner"] as const;
export type Persona = (typeof PERSONAS)[number];

export interface Example {
  persona: Persona;
  name: string;
  about: string;
  query: string;
  /** JSON with {{placeholders}}; empty when the operation takes no variables. */
  variables: string;
}

/** Reads the `# persona:`, `# about:` and `# variables:` lines that open a file; the rest is the operation. */
export function readExample(text: string): Example {
  const head = new Map<string, string>();
  const lines = text.split("\n");
  for (let match; (match = /^# (persona|about|variables): (.*)$/.exec(lines[0] ?? "")); lines.shift()) {
    head.set(match[1]!, match[2]!);
  }
  const persona = PERSONAS.find((one) => one === head.get("persona"));
  const name = /^(?:query|mutation|subscription) (\w+)/m.exec(text)?.[1];
  if (!persona || !name) throw new Error(`An example needs a persona and a named operation: ${text.slice(0, 80)}`);
  const about = head.get("about") ?? "";
  // Short lines: the editor shares its width with the toolbar.
  const comment = about.replace(/(.{1,54})(?: |$)/g, "# $1\n");
  return { persona, name, about, query: comment + lines.join("\n"), variables: head.get("variables") ?? "" };
}

/** An administrator may do what an editor does. */
export function examplesFor(persona: Persona, examples: Example[], schema: GraphQLSchema | undefined): Example[] {
  const mine = examples.filter((one) => one.persona === persona || (persona === "admin" && one.persona === "editor"));
  return schema ? mine.filter((one) => isServed(schema, one.query)) : mine;
}

export const isServed = (schema: GraphQLSchema, query: string) => validate(schema, parse(query)).length === 0;

/** Puts the samples in; a placeholder without a sample says what belongs there. */
export function fill(variables: string, samples: Record<string, string>): string {
  if (!variables) return "";
  const asked = variables.replace(/\{\{(\w+)\}\}/g, "put a $1 here");
  return JSON.stringify(JSON.parse(refill(asked, samples)), null, 2);
}

/** Puts samples in that came to be known later, as a profile's id does by signing in. */
export function refill(variables: string, samples: Record<string, string>): string {
  return variables.replace(/put a (\w+) here/g, (words, name: string) => {
    const sample = samples[name];
    return sample === undefined ? words : JSON.stringify(sample).slice(1, -1);
  });
}
