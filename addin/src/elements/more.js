import { html, nothing } from "../../vendor/lit.js";
import { LightElement } from "./light.js";

/** A button that unfolds the rarer actions; Escape folds them again. */
export class More extends LightElement {
  static properties = { label: { type: String }, actions: { attribute: false }, open: { state: true } };

  constructor() {
    super();
    this.label = "";
    /** @type {{text: string, disabled: boolean, act: () => void}[]} */
    this.actions = [];
    this.open = false;
  }

  render() {
    return html`
      <div class="more" @keydown=${this.onKey}>
        <button
          class="unfold"
          aria-expanded=${String(this.open)}
          aria-controls=${this.uid}
          @click=${() => {
            this.open = !this.open;
          }}
        >
          ${this.label}
        </button>
        <ul id=${this.uid} ?hidden=${!this.open}>
          ${
            this.open
              ? this.actions.map(
                  ({ text, disabled, act }) => html`
                    <li><button ?disabled=${disabled} @click=${() => this.run(act)}>${text}</button></li>
                  `,
                )
              : nothing
          }
        </ul>
      </div>
    `;
  }

  /** @param {() => void} act */
  run(act) {
    this.open = false;
    act();
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.key !== "Escape" || !this.open) return;
    event.stopPropagation();
    this.open = false;
    this.focusOn(".unfold");
  }
}

customElements.define("coupler-more", More);
