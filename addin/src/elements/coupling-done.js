import { html, nothing } from "../../vendor/lit.js";
import { ApiProblem } from "../api.js";
import { counted, labels, t } from "../messages.js";
import "./changes.js";
import { heading, LightElement } from "./light.js";
import "./problem.js";

/** Both facts after OK: coupled, and what became of the fields (domain H-05). */
export class CouplingDone extends LightElement {
  static properties = { result: { attribute: false }, partner: { type: String } };

  constructor() {
    super();
    /** @type {Awaited<ReturnType<typeof import("../api.js").couple>>} set before the first rendering */
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
          ? html`
            <coupler-problem
              .what=${t("setUp.done.failed")}
              .problem=${new ApiProblem(0, { ...synchronization.error })}
            ></coupler-problem>
          `
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

/** @param {import("../types.js").Synchronization | null} synchronization */
function outcome(synchronization) {
  if (!synchronization) return t("setUp.done.stored");
  if (synchronization.error) return "";
  const count = synchronization.changes?.length ?? 0;
  return count ? counted("setUp.done.synchronized", count) : t("setUp.done.equal");
}

customElements.define("coupler-done", CouplingDone);
