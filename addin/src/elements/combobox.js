import { html, ifDefined, live, nothing, repeat } from "../../vendor/lit.js";
import { SignedOut } from "../auth.js";
import { counted, t } from "../messages.js";
import { LightElement } from "./light.js";

/** @typedef {import("../types.js").Choice} Choice */

const PAUSE = 200;

/**
 * A combobox by the ARIA pattern that searches while typing. It never picks a record by itself: several hits
 * are listed and the person chooses. Tells `choose` with the choice.
 */
export class Combobox extends LightElement {
  static properties = {
    label: { type: String },
    hint: { type: String },
    showAll: { type: String },
    search: { attribute: false },
    value: { attribute: false },
    text: { state: true },
    choices: { state: true },
    more: { state: true },
    active: { state: true },
    open: { state: true },
    stage: { state: true },
    unknown: { state: true },
  };

  constructor() {
    super();
    this.label = "";
    this.hint = "";
    this.showAll = "";
    /** @type {(text: string, signal: AbortSignal) => Promise<{choices: Choice[], more: boolean}>} */
    this.search = async () => ({ choices: [], more: false });
    /** @type {Choice | null} */
    this.value = null;
    this.text = "";
    /** @type {Choice[]} */
    this.choices = [];
    this.more = false;
    this.active = -1;
    this.open = false;
    /** @type {"idle" | "searching" | "found" | "failed"} */
    this.stage = "idle";
    this.unknown = "";
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @type {AbortController | null} */
    this.running = null;
  }

  /** @param {import("../../vendor/lit.js").PropertyValues<this>} changed */
  willUpdate(changed) {
    // A value that went away was typed over: the text stays.
    if (changed.has("value") && this.value) this.text = this.value.name;
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.timer);
    this.running?.abort();
  }

  render() {
    const list = `${this.uid}-list`;
    return html`
      <label for=${this.uid}>${this.label}</label>
      <div class="combo" @focusout=${this.onFocusOut}>
        <input
          id=${this.uid}
          type="text"
          role="combobox"
          autocomplete="off"
          spellcheck="false"
          aria-autocomplete="list"
          aria-expanded=${String(this.open)}
          aria-controls=${list}
          aria-activedescendant=${ifDefined(this.open && this.active >= 0 ? `${list}-${this.active}` : undefined)}
          aria-describedby=${`${this.uid}-hint`}
          aria-invalid=${String(Boolean(this.unknown))}
          .value=${live(this.text)}
          @input=${this.onInput}
          @keydown=${this.onKey}
          @click=${() => this.show()}
        >
        <button type="button" class="drop" tabindex="-1" aria-label=${this.showAll} @click=${this.onDrop}></button>
        <ul id=${list} role="listbox" aria-label=${this.label} ?hidden=${!this.open} @mousedown=${keepFocus}>
          ${this.open ? this.lines(list) : nothing}
        </ul>
      </div>
      <p id=${`${this.uid}-hint`} class=${this.unknown ? "hint wrong" : "hint"}>${this.unknown || this.hint}</p>
      <p class="visually-hidden" role="status">${this.open ? this.summary : ""}</p>
    `;
  }

  get summary() {
    if (this.stage === "searching") return t("combo.searching");
    if (this.stage === "failed") return t("combo.failed");
    if (this.choices.length) return counted("combo.found", this.choices.length);
    return this.text ? t("combo.none", { text: this.text }) : t("combo.empty");
  }

  /** @param {string} list */
  lines(list) {
    const remark =
      this.stage !== "found" || !this.choices.length ? this.summary : this.more ? t("combo.more") : "";
    return html`
      ${repeat(
        this.choices,
        ({ key }) => key,
        (choice, index) => html`
          <li
            id=${`${list}-${index}`}
            role="option"
            class=${index === this.active ? "active" : ""}
            aria-selected=${String(choice.key === this.value?.key)}
            aria-disabled=${String(Boolean(choice.barred))}
            @click=${() => this.choose(choice)}
          >
            <bdi class="name">${choice.name}</bdi>
            ${choice.note ? html`<bdi class="quiet">${choice.note}</bdi>` : nothing}
            ${
              choice.barred || choice.taken
                ? html`<span class="state">${choice.barred ?? t("combo.coupled", { name: choice.taken ?? "" })}</span>`
                : nothing
            }
          </li>
        `,
      )}
      ${remark ? html`<li role="presentation" class="remark">${remark}</li>` : nothing}
    `;
  }

  onInput() {
    this.text = this.input.value;
    this.unknown = "";
    if (this.value) this.tell("choose", null);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.find(this.text), PAUSE);
    this.open = true;
    this.stage = "searching";
  }

  get input() {
    return /** @type {HTMLInputElement} */ (this.querySelector("input"));
  }

  /** Opens the list; with a value chosen it lists everything, so that another one can be found. */
  show() {
    if (this.open) return;
    this.open = true;
    this.find(this.value ? "" : this.text);
  }

  close() {
    this.open = false;
    this.active = -1;
    clearTimeout(this.timer);
    this.running?.abort();
  }

  onDrop() {
    this.input.focus();
    if (this.open) this.close();
    else this.show();
  }

  /** @param {string} text */
  async find(text) {
    this.running?.abort();
    const running = new AbortController();
    this.running = running;
    this.stage = "searching";
    this.active = -1;
    try {
      const { choices, more } = await this.search(text, running.signal);
      if (running.signal.aborted) return;
      this.choices = choices;
      this.more = more;
      this.stage = "found";
    } catch (error) {
      if (running.signal.aborted) return;
      if (error instanceof SignedOut) this.tell("coupler-signed-out");
      this.choices = [];
      this.stage = "failed";
    }
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.ctrlKey || event.metaKey) return;
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) {
      event.preventDefault();
      if (!this.open) this.show();
      else this.move(steps[/** @type {keyof typeof steps} */ (event.key)]);
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.enter();
    } else if (event.key === "Escape" && this.open) {
      event.preventDefault();
      this.close();
    }
  }

  /** @param {number} by */
  move(by) {
    const count = this.choices.length;
    if (!count) return;
    this.active = (this.active < 0 && by < 0 ? count - 1 : this.active + by + count) % count;
    this.scrollToActive();
  }

  async scrollToActive() {
    await this.updateComplete;
    this.querySelector("[role=option].active")?.scrollIntoView({ block: "nearest" });
  }

  /** Enter takes the active line, or the only one there is. */
  enter() {
    if (!this.open) return;
    const only = this.choices.length === 1 && this.stage === "found" ? this.choices[0] : undefined;
    const choice = this.active >= 0 ? this.choices[this.active] : only;
    if (choice) this.choose(choice);
  }

  /** @param {Choice} choice */
  choose(choice) {
    if (choice.barred) return;
    this.text = choice.name;
    this.unknown = "";
    this.close();
    this.tell("choose", choice);
  }

  /** @param {FocusEvent} event */
  onFocusOut(event) {
    if (event.relatedTarget instanceof Node && this.contains(event.relatedTarget)) return;
    this.close();
    const typed = this.text.trim();
    this.unknown = typed && !this.value ? t("combo.unknown", { text: typed }) : "";
  }
}

/** The focus stays in the input while the list is clicked. @param {Event} event */
function keepFocus(event) {
  event.preventDefault();
}

customElements.define("coupler-combobox", Combobox);
