/** Helpers of a page without a framework: elements by id, templates filled from records, what came into sight. */
import type { Json } from "./graph.ts";

export const $ = <E extends HTMLElement>(id: string) => document.getElementById(id) as E;
export const dialog = (id: string) => $<HTMLDialogElement>(id);

let fading: ReturnType<typeof setTimeout>;
/** Shows a message for a while in a popover, which lies above an open dialog; an empty one takes it away. */
export function toast(popover: HTMLElement, message: string): void {
  popover.textContent = message;
  popover.hidePopover();
  if (message) popover.showPopover();
  clearTimeout(fading);
  fading = setTimeout(() => popover.hidePopover(), 6000);
}

export type Actions = Record<string, (model: Json, element: HTMLElement) => unknown>;

/**
 * Clones a template and fills it: `data-text`, `data-src` and `data-value` set a value of the model, `data-if` drops
 * the element when there is none, `data-each` repeats the template inside it, `data-do` names the action of a click.
 */
export function render(template: HTMLTemplateElement, model: Json, actions: Actions): DocumentFragment {
  const piece = template.content.cloneNode(true) as DocumentFragment;
  for (const element of piece.querySelectorAll<HTMLElement>("*")) {
    const { text, src, value, if: condition, each, do: action } = element.dataset;
    if (condition && !model[condition]) element.remove();
    if (text) element.textContent = String(model[text] ?? "");
    if (src && model[src]) element.setAttribute("src", String(model[src]));
    if (value) element.setAttribute("value", String(model[value] ?? ""));
    if (action) {
      element.addEventListener("click", (event) => {
        event.preventDefault(); // A button in a form: Enter in its input clicks it, and nothing is submitted.
        actions[action]!(model, element);
      });
    }
    if (each) {
      const inner = element.querySelector("template")!;
      element.append(...((model[each] ?? []) as Json[]).map((item) => render(inner, item, actions)));
    }
  }
  return piece;
}

/** Calls back once for each element, with its place in the list, when half of it has come into sight. */
export function whenSeen(elements: Iterable<Element>, seen: (index: number) => void): void {
  const list = [...elements];
  const watch = (entries: IntersectionObserverEntry[]) => {
    for (const { target } of entries.filter((entry) => entry.isIntersecting)) {
      observer.unobserve(target);
      seen(list.indexOf(target));
    }
  };
  const observer = new IntersectionObserver(watch, { threshold: 0.5 });
  for (const element of list) observer.observe(element);
}

/** Marks an element as `idle` when nobody has pointed or typed in it for so long. */
export function markIdle(element: HTMLElement, milliseconds: number): void {
  let timer: ReturnType<typeof setTimeout>;
  const wake = () => {
    element.classList.remove("idle");
    clearTimeout(timer);
    timer = setTimeout(() => element.classList.add("idle"), milliseconds);
  };
  for (const event of ["pointermove", "pointerdown", "keydown", "focusin"]) element.addEventListener(event, wake);
}
