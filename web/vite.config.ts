/** Builds the pages into `dist/`, every asset hashed and served below /static/. */
import { defineConfig } from "vite";

export default defineConfig({
  base: "/static/",
  appType: "mpa",
  build: {
    target: "es2022",
    // The editor of GraphiQL is one large chunk by nature.
    chunkSizeWarningLimit: 5000,
    // Modules stay plain files: a data: address would need a wider content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: ["graphiql.html", "player.html", "staff.html"],
      // React's "use client" marks mean nothing to a page that has no server half.
      onLog: (level, log, report) => log.code === "MODULE_LEVEL_DIRECTIVE" || report(level, log),
    },
  },
  worker: { format: "es" },
});
