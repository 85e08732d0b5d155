import { html, nothing } from "../../vendor/lit.js";
import { ApiProblem } from "../api.js";
import { failure } from "../failure.js";
import { labels, t } from "../messages.js";
import { outcome } from "../outcome.js";
import "./changes.js";
import { heading, LightElement } from "./light.js";

/** Both facts after OK: coupled, and what became of the fields (domain H-05). */
export class CouplingDone extends LightElement {
  static properties = { result: { attribute: false }, partner: { type: String } };

  constructor() {
    super();
    /** @type {Awaited<ReturnType<typeof import("../pairs.js").couple>>} set before the first rendering */
    this.result = /** @type {any} */ (null);
    /** @type {import("../types.js").System} */
    this.partner = "crm";
  }

  render() {
    const { coupling, synchronization } = this.result;
    return html`
      ${heading(t("setUp.done"))}
      <p class="note good" role="status">${t("setUp.done.text", labels(coupling))} ${outcome(synchronization)}</p>
      ${
        synchronization?.error
          ? failure(t("setUp.done.failed"), new ApiProblem(0, { ...synchronization.error }))
          : nothing
      }
      ${
        synchronization?.changes?.length
          ? html`<coupler-changes .changes=${synchronization.changes}></coupler-changes>`
          : nothing
      }
      <div class="buttons">
        <a class="button primary" href=${coupling[this.partner].url ?? ""} target="_blank" rel="noopener">
          ${t(`open.${this.partner}`)}<span class="visually-hidden"> (${t("opens.tab")})</span>
        </a>
        <button @click=${() => this.tell("coupler-leave")}>${t("button.close")}</button>
      </div>
    `;
  }
}

customElements.define("coupler-done", CouplingDone);
