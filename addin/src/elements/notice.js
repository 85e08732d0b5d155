import { html, nothing } from "../../vendor/lit.js";
import { ApiProblem } from "../api.js";
import { SignedOut } from "../auth.js";
import { failure } from "../failure.js";
import { t } from "../messages.js";
import "./changes.js";
import { LightElement } from "./light.js";

/** What was just done, with Undo where it can be taken back. Tells `undone` after that. */
export class Notice extends LightElement {
  static properties = { notice: { attribute: false }, stage: { state: true } };

  constructor() {
    super();
    /** @type {import("../types.js").Notice | null} */
    this.notice = null;
    /** @type {"" | "working"} */
    this.stage = "";
    /** @type {unknown} */
    this.problem = null;
  }

  /** @param {import("../../vendor/lit.js").PropertyValues<this>} changed */
  willUpdate(changed) {
    if (changed.has("notice")) this.problem = null;
  }

  render() {
    const { notice } = this;
    // The region stands before it speaks, or it would not be read out.
    return html`
      <div role="status">${notice ? this.note(notice) : nothing}</div>
      ${notice?.error ? failure(t("setUp.done.failed"), new ApiProblem(0, { ...notice.error })) : nothing}
      ${this.problem ? failure(t("pane.undoFailed"), this.problem) : nothing}
    `;
  }

  /** @param {import("../types.js").Notice} notice */
  note({ text, changes, undo }) {
    return html`
      <div class="note good">
        <p>${text}</p>
        ${
          changes?.length
            ? html`<details><summary>${t("pane.changes")}</summary><coupler-changes .changes=${changes}></coupler-changes></details>`
            : nothing
        }
        ${
          undo && !this.problem
            ? html`<button ?disabled=${this.stage === "working"} @click=${this.undo}>${t(this.stage ? "pane.undoing" : "pane.undo")}</button>`
            : nothing
        }
      </div>
    `;
  }

  async undo() {
    this.stage = "working";
    try {
      await this.notice?.undo?.();
      this.tell("undone");
    } catch (error) {
      if (error instanceof SignedOut) this.tell("coupler-signed-out");
      this.problem = error;
    }
    this.stage = "";
  }
}

customElements.define("coupler-notice", Notice);
