/** The way to GraphiQL where it is for staff alone: whoever signs in here has it fetched with their token. */
import "./staff.css";
import { accountOf, PERSONA, poolsByAccount, staff } from "../graphiql/personas.ts";
import { loadConfig, type Pool } from "../lib/config.ts";
import { $ } from "../lib/page.ts";
import { finishSignIn, signOut, startSignIn } from "../lib/signin.ts";
import { keepAs } from "./roles.ts";

async function main(): Promise<void> {
  const config = await loadConfig();
  let why: string | undefined = "";
  const account = await finishSignIn(poolsByAccount(config)).catch((error: Error) => void (why = error.message));
  if (account === accountOf("admin")) sessionStorage.setItem(PERSONA, keepAs(account));
  if (staff()) why = await enter();
  if (why !== undefined) offer(config.identity.staff, why);
}

/** Puts GraphiQL in the place of this page, or says why it is not given out. */
async function enter(): Promise<string | undefined> {
  const headers = { accept: "text/html", authorization: `Bearer ${staff()?.accessToken}` };
  const answer = await fetch(location.pathname, { headers });
  if (answer.ok) return show(new DOMParser().parseFromString(await answer.text(), "text/html"));
  if (answer.status < 500) for (const one of ["admin", "editor"] as const) signOut(accountOf(one));
  const told = (await answer.json().catch(() => undefined)) as { errors: { message: string }[] } | undefined;
  return told?.errors[0]?.message ?? "GraphiQL could not be fetched. Reload to try again.";
}

/** A parsed script does not run: each is made anew, after the page that it fills. */
function show(page: Document): undefined {
  for (const own of document.head.querySelectorAll("link[rel=stylesheet]")) own.remove();
  document.title = page.title;
  document.body.replaceChildren(...page.body.childNodes);
  for (const part of page.head.querySelectorAll("link, script")) {
    const fresh = document.createElement(part.localName);
    for (const { name, value } of part.attributes) fresh.setAttribute(name, value);
    document.head.append(fresh);
  }
}

function offer(pool: Pool | undefined, why: string): void {
  $("why").textContent = why;
  const button = $<HTMLButtonElement>("sign-in");
  button.hidden = pool === undefined;
  button.onclick = () => pool && startSignIn(accountOf("admin"), pool).catch((error: Error) => offer(pool, error.message));
  $("staff").hidden = false;
  button.focus();
}

void main();
