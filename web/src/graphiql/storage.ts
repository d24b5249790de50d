/** A drawer of local storage per persona, so that each keeps its own tabs; the theme is shared. */
import { refill } from "./examples.ts";

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

/** Headers carry tokens, so they are never stored: whatever is opened again gets `headers`, those of now. */
export function drawerFor(persona: string, headers: string, samples: Record<string, string>): Drawer {
  const name = (key: string) => (SHARED.has(key) ? key : `marquee:${persona}:${key}`);
  const mine = () => Object.keys(localStorage).filter((key) => key.startsWith(name("graphiql:")));
  const hide = (key: string, value: unknown) => (key === "headers" ? null : value);
  const renew = (key: string, value: unknown) => {
    if (key === "headers") return headers;
    return key === "variables" && typeof value === "string" ? refill(value, samples) : value;
  };
  return {
    getItem(key) {
      const kept = localStorage.getItem(name(key));
      if (kept && WITH_HEADERS.has(key)) return JSON.stringify(JSON.parse(kept, renew));
      return kept && key === "graphiql:variables" ? refill(kept, samples) : kept;
    },
    setItem(key, value) {
      if (key === "graphiql:headers") return;
      localStorage.setItem(name(key), WITH_HEADERS.has(key) ? JSON.stringify(JSON.parse(value, hide)) : value);
    },
    removeItem: (key) => localStorage.removeItem(name(key)),
    clear: () => mine().forEach((key) => localStorage.removeItem(key)),
    get length() {
      return mine().length;
    },
  };
}
