/** A drawer of local storage per persona, so that each keeps its own tabs; the theme is shared. */

interface Drawer {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
  clear(): void;
  length: number;
}

const SHARED = new Set(["graphiql:theme"]);

/** Stored tabs never hold headers (they carry tokens): each gets `headers` when it is opened again. */
export function withHeaders(tabs: string, headers: string): string {
  const state = JSON.parse(tabs) as { tabs: { headers: string | null }[] };
  for (const tab of state.tabs) tab.headers = headers;
  return JSON.stringify(state);
}

export function drawerFor(persona: string, headers: string): Drawer {
  const name = (key: string) => (SHARED.has(key) ? key : `marquee:${persona}:${key}`);
  return {
    getItem(key) {
      const kept = localStorage.getItem(name(key));
      return kept && key === "graphiql:tabState" ? withHeaders(kept, headers) : kept;
    },
    setItem: (key, value) => localStorage.setItem(name(key), value),
    removeItem: (key) => localStorage.removeItem(name(key)),
    clear() {
      for (const key of Object.keys(localStorage)) if (key.startsWith(name("graphiql:"))) localStorage.removeItem(key);
    },
    get length() {
      return Object.keys(localStorage).filter((key) => key.startsWith(name("graphiql:"))).length;
    },
  };
}
