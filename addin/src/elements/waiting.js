import { html, nothing } from "../../vendor/lit.js";
import { t } from "../messages.js";
import { LightElement } from "./light.js";

const SKELETON_AFTER = 300;
const SAY_SO_AFTER = 3000;

/** Nothing at first, a skeleton after a moment, and whom we wait for when it takes long. */
export class Waiting extends LightElement {
  static properties = {
    system: { type: String },
    text: { type: String },
    stage: { state: true },
  };

  constructor() {
    super();
    /** @type {"crm" | "nav" | "coupler"} */
    this.system = "coupler";
    /** Said instead of showing a skeleton. */
    this.text = "";
    this.stage = 0;
    /** @type {ReturnType<typeof setTimeout>[]} */
    this.timers = [];
  }

  connectedCallback() {
    super.connectedCallback();
    this.stage = 0;
    this.timers = [SKELETON_AFTER, SAY_SO_AFTER].map((delay) => setTimeout(() => this.stage++, delay));
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.timers.forEach(clearTimeout);
  }

  render() {
    return html`
      <div class="waiting" role="status" aria-busy="true">
        <p class=${this.text || this.stage > 1 ? "" : "visually-hidden"}>
          ${this.stage > 1 ? t(`wait.${this.system}`) : this.text || t("app.loading")}
        </p>
        ${this.stage > 0 && !this.text ? html`<span class="bone"></span><span class="bone"></span><span class="bone"></span>` : nothing}
      </div>
    `;
  }
}

customElements.define("coupler-waiting", Waiting);
