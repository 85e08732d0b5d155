import { html, LitElement } from "../../vendor/lit.js";

let serial = 0;

/** An element rendered into the page itself: one stylesheet, and labels that reach across elements. */
export class LightElement extends LitElement {
  constructor() {
    super();
    /** Makes ids unique when an element stands on the page twice. */
    this.uid = `c${++serial}`;
  }

  createRenderRoot() {
    return this;
  }

  /**
   * Moves the focus after the next rendering, by default to the heading of the new state.
   * @param {string} [selector]
   */
  async focusOn(selector = "h1, h2") {
    await this.updateComplete;
    const target = this.querySelector(selector);
    if (target instanceof HTMLElement) target.focus();
  }

  /**
   * Tells whoever is outside; false when somebody there takes over what would follow.
   * @param {string} name
   * @param {unknown} [detail]
   */
  tell(name, detail) {
    return this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, cancelable: true }));
  }
}

/** The heading of a state: it takes the focus when the state is entered. @param {string} text */
export function heading(text) {
  return html`<h1 tabindex="-1">${text}</h1>`;
}
