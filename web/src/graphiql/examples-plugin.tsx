/** A panel that lists the examples and opens one in a new tab. */
import { type GraphiQLPlugin, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import type { Example } from "./examples.ts";

function Icon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" aria-hidden="true">
      <path d="M5 4h14v17l-7-4-7 4z" strokeLinejoin="round" />
    </svg>
  );
}

export function examplesPlugin(examples: Example[], headers: string): GraphiQLPlugin {
  return { title: "Examples", icon: Icon, content: () => <Examples {...{ examples, headers }} /> };
}

function Examples({ examples, headers }: { examples: Example[]; headers: string }) {
  const { addTab } = useGraphiQLActions();
  const editors = useGraphiQL((state) => ({
    query: state.queryEditor,
    variables: state.variableEditor,
    headers: state.headerEditor,
  }));
  const open = (example: Example) => {
    addTab();
    editors.query?.setValue(example.query);
    editors.variables?.setValue(example.variables);
    editors.headers?.setValue(headers);
  };
  return (
    <section aria-label="Examples" className="marquee-examples">
      <div className="graphiql-doc-explorer-title">Examples</div>
      <ul>
        {examples.map((example) => (
          <li key={example.name}>
            <button type="button" onClick={() => open(example)}>
              <strong>{example.name}</strong>
              <span>{example.about}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
