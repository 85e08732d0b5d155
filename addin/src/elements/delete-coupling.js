import { html } from "../../vendor/lit.js";
import { ApiProblem } from "../api.js";
import { SignedOut } from "../auth.js";
import { failure } from "../failure.js";
import { add, labels, t } from "../messages.js";
import { couplingById, uncouple } from "../pairs.js";
import { texts as done } from "../texts/done.js";
import { heading, LightElement } from "./light.js";
import "./waiting.js";

await add({ done });

/** Delete Coupling: asks, then removes only the link (domain R-07). */
export class DeleteCoupling extends LightElement {
  static properties = {
    coupling: { attribute: false },
    mayWrite: { type: Boolean },
    stage: { state: true },
  };

  constructor() {
    super();
    /** @type {import("../types.js").Coupling} set before the first rendering */
    this.coupling = /** @type {any} */ (null);
    this.mayWrite = false;
    /** @type {"asking" | "working" | "done"} */
    this.stage = "asking";
    /** @type {unknown} */
    this.problem = null;
    /** The version the person was asked about. @type {Promise<string | null>} */
    this.tag = Promise.resolve(null);
  }

  connectedCallback() {
    super.connectedCallback();
    this.readTag();
  }

  readTag() {
    this.tag = couplingById(this.coupling.id).then(({ etag }) => etag);
    // Reported when Delete is pressed.
    this.tag.catch(() => {});
  }

  async delete() {
    this.stage = "working";
    this.problem = null;
    try {
      await uncouple(this.coupling.id, await this.tag);
      this.stage = "done";
    } catch (error) {
      if (error instanceof SignedOut) this.tell("coupler-signed-out");
      const isGone = error instanceof ApiProblem && error.code === "not_found";
      this.problem = isGone ? null : error;
      this.stage = isGone ? "done" : "asking";
      this.readTag();
    }
    this.focusOn();
  }

  render() {
    const names = labels(this.coupling);
    const leave = () => this.tell("coupler-leave");
    if (this.stage === "done") {
      return html`
        ${heading(t("delete.done"))}
        <p class="note good" role="status">${t("delete.done.text", names)}</p>
        <div class="buttons"><button @click=${leave}>${t("button.close")}</button></div>
      `;
    }
    const working = this.stage === "working";
    return html`
      ${heading(t("delete.question", names))}
      <p>${this.mayWrite ? t("delete.text") : t("role.reader")}</p>
      ${this.problem ? failure(t("delete.failed"), this.problem) : ""}
      <div class="buttons">
        ${working ? html`<coupler-waiting .text=${t("delete.working")}></coupler-waiting>` : ""}
        <button class="danger" ?disabled=${working || !this.mayWrite} @click=${this.delete}>${t("button.delete")}</button>
        <button @click=${leave}>${t("button.cancel")}</button>
      </div>
    `;
  }
}

customElements.define("coupler-delete", DeleteCoupling);
