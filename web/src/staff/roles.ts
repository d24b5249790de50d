/** As whom a member of staff begins: the token's groups say it, and the gateway decides. */
import { accountOf } from "../graphiql/personas.ts";

/** Editors and admins sign in at the same button; an editor's session is kept as one. Gives the persona. */
export function keepAs(account: string): "admin" | "editor" {
  const key = `marquee:session:${account}`;
  const kept = sessionStorage.getItem(key) ?? "{}";
  if (groupsOf((JSON.parse(kept) as { accessToken?: string }).accessToken).includes("admin")) return "admin";
  sessionStorage.removeItem(key);
  sessionStorage.setItem(`marquee:session:${accountOf("editor")}`, kept);
  return "editor";
}

/** Of an access token; none of what is no token. */
export function groupsOf(token = ""): string[] {
  try {
    const claims = atob(token.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/"));
    return (JSON.parse(claims) as { "cognito:groups"?: string[] })["cognito:groups"] ?? [];
  } catch {
    return [];
  }
}
