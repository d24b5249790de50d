/** A small GraphQL client: named operations, one answer over HTTP or a stream of them over server-sent events. */

/** What an operation answers; it is the operation that is checked against the schema. */
export type Json = any;

export interface Fault {
  message: string;
  locations?: { line: number }[];
  extensions?: { code?: string };
}
interface Answer {
  data?: Json;
  errors?: Fault[];
}

/** A call that gave no data; `message` is fit to be shown, `code` is the server's. */
export class Failed extends Error {
  constructor(
    message: string,
    readonly code?: string,
  ) {
    super(message);
  }
}

/** A document without the lines that the server refused, nor the blocks they open. */
export function without(document: string, faults: Fault[]): string {
  const refused = new Set(faults.flatMap((fault) => fault.locations?.map(({ line }) => line - 1) ?? []));
  let depth = 0;
  const kept = document.split("\n").filter((line, index) => {
    const drops = depth > 0 || refused.has(index);
    if (drops) depth += line.split("{").length - line.split("}").length;
    return !drops;
  });
  return kept.join("\n");
}

export class Client {
  /** `headers` is asked at every call: tokens come and go. */
  constructor(
    private readonly path: string,
    private readonly documents: Record<string, string>,
    private readonly headers: () => Record<string, string>,
  ) {}

  /**
   * The data of an answer, whole or partial; when nothing came, its first error. A field that the server does not have
   * costs itself, not the page: an operation that fails validation is asked again without the refused lines.
   */
  async ask(name: string, variables: object = {}, options: RequestInit = {}): Promise<Json> {
    const query = this.documents[name]!;
    const answer = await this.send(name, variables, "application/json", options);
    const { data, errors = [] } = (await answer.json()) as Answer;
    if (data && (!errors.length || Object.values(data).some((value) => value !== null))) return data;
    const code = errors[0]?.extensions?.code;
    const thinner = without(query, errors);
    if (code === "GRAPHQL_VALIDATION_FAILED" && thinner.trim() && thinner !== query) {
      this.documents[name] = thinner;
      return this.ask(name, variables, options);
    }
    throw new Failed(errors[0]?.message ?? "The server gave no answer.", code);
  }

  /** Each event's data, until the server or the signal ends it. */
  async *listen(name: string, variables: object, signal: AbortSignal): AsyncGenerator<Json> {
    const answer = await this.send(name, variables, "text/event-stream", { signal });
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
    for (let rest = "", part = await reader.read(); !part.done; part = await reader.read()) {
      const events = (rest + part.value).split("\n\n");
      rest = events.pop()!;
      for (const event of events) {
        const { data } = JSON.parse(/^data:(.*)$/m.exec(event)?.[1]?.trim() || "{}") as Answer;
        if (data) yield data;
      }
    }
  }

  private send(name: string, variables: object, accept: string, options: RequestInit): Promise<Response> {
    const headers = { ...this.headers(), "content-type": "application/json", accept };
    const body = JSON.stringify({ query: this.documents[name], variables });
    return fetch(this.path, { method: "POST", headers, body, ...options });
  }
}
