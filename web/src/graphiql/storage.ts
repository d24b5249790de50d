/** A drawer of local storage per persona, so that each keeps its own tabs; the theme is shared. */

interface Drawer {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
  clear(): void;
  length: number;
}

const SHARED = new Set(["graphiql:theme"]);
/** Tabs and history, as JSON with the headers of each. */
const WITH_HEADERS = new Set(["graphiql:tabState", "graphiql:queries", "graphiql:favorites"]);

const replaceHeaders = (json: string, headers: string | null) =>
  JSON.stringify(JSON.parse(json, (key, value: unknown) => (key === "headers" ? headers : value)));

/** Headers carry tokens, so they are never stored: whatever is opened again gets `headers`, those of now. */
export function drawerFor(persona: string, headers: string): Drawer {
  const name = (key: string) => (SHARED.has(key) ? key : `marquee:${persona}:${key}`);
  const mine = () => Object.keys(localStorage).filter((key) => key.startsWith(name("graphiql:")));
  return {
    getItem(key) {
      const kept = localStorage.getItem(name(key));
      return kept && WITH_HEADERS.has(key) ? replaceHeaders(kept, headers) : kept;
    },
    setItem(key, value) {
      if (key === "graphiql:headers") return;
      localStorage.setItem(name(key), WITH_HEADERS.has(key) ? replaceHeaders(value, null) : value);
    },
    removeItem: (key) => localStorage.removeItem(name(key)),
    clear: () => mine().forEach((key) => localStorage.removeItem(key)),
    get length() {
      return mine().length;
    },
  };
}
