import { html, nothing } from "../../vendor/lit.js";
import { SignedOut } from "../auth.js";
import { carryOut, plan, takeBack } from "../bulk.js";
import { failure } from "../failure.js";
import { t } from "../messages.js";
import { stylesheet } from "../stylesheet.js";
import { LightElement } from "./light.js";

await stylesheet("window.css");

/** @typedef {import("../bulk.js").Step} Step */

/** Several users at once: what will be done and what is left out, then how each went. Tells `closed` with whether anything was done. */
export class BulkDialog extends LightElement {
  static properties = {
    action: { type: String },
    rows: { attribute: false },
    connection: { type: String },
    stage: { state: true },
    progress: { state: true },
  };

  constructor() {
    super();
    /** @type {import("../bulk.js").Action} */
    this.action = "couple";
    /** @type {import("../types.js").UserRow[]} */
    this.rows = [];
    this.connection = "";
    /** @type {"planning" | "preview" | "running" | "done" | "undoing" | "undone" | "problem"} */
    this.stage = "planning";
    /** @type {Step[]} */
    this.steps = [];
    /** How many are done of those under way. */
    this.progress = 0;
    /** @type {unknown} */
    this.problem = null;
  }

  firstUpdated() {
    this.querySelector("dialog")?.showModal();
    this.attempt("planning", "preview", async (tell) => {
      this.steps = await plan(this.action, this.rows, this.connection, tell);
    });
  }

  /**
   * @param {BulkDialog["stage"]} during @param {BulkDialog["stage"]} after
   * @param {(tell: (done: number) => void) => Promise<void>} work
   */
  async attempt(during, after, work) {
    this.stage = during;
    this.progress = 0;
    try {
      await work((done) => {
        this.progress = done;
      });
      this.stage = after;
    } catch (error) {
      if (error instanceof SignedOut) this.tell("coupler-signed-out");
      this.problem = error;
      this.stage = "problem";
    }
    this.focusOn("h2");
  }

  run() {
    this.attempt("running", "done", (tell) => carryOut(this.action, this.steps, this.connection, tell));
  }

  undo() {
    this.attempt("undoing", "undone", (tell) => takeBack(this.steps, tell));
  }

  close() {
    this.tell("closed", this.stage !== "planning" && this.stage !== "preview");
  }

  get isBusy() {
    return ["planning", "running", "undoing"].includes(this.stage);
  }

  /** @param {Event} event */
  onCancel(event) {
    event.preventDefault();
    if (this.stage === "planning" || !this.isBusy) this.close();
  }

  render() {
    return html`
      <dialog class="large" aria-labelledby=${this.uid} @cancel=${this.onCancel}>
        <h2 id=${this.uid} tabindex="-1">${t(`bulk.${this.action}.title`)}</h2>
        <p role="status">${this.summary}</p>
        ${this.stage === "problem" ? failure(t("users.failed"), this.problem) : nothing}
        ${this.steps.length ? this.table() : nothing}
        <div class="buttons">${this.buttons()}</div>
      </dialog>
    `;
  }

  get summary() {
    const { steps, progress: done } = this;
    const count = steps.filter(({ skip }) => !skip).length;
    const skipped = steps.length - count;
    const failed = steps.filter(({ result }) => result === "failed").length;
    switch (this.stage) {
      case "planning":
        return t("bulk.planning", { done, count: this.rows.length });
      case "preview":
        return t(`bulk.${this.action}.will`, { count, skipped });
      case "running":
        return t("bulk.running", { done, count });
      case "done":
        return t("bulk.done", { count: count - failed, failed, skipped });
      case "undoing":
        return t("bulk.undoing", { done, count });
      case "undone":
        return t("bulk.undone", { count: done - failed, failed });
      default:
        return "";
    }
  }

  buttons() {
    const will = this.steps.some(({ skip }) => !skip);
    if (this.stage === "preview") {
      return html`
        <button class="primary" ?disabled=${!will} @click=${this.run}>${t(`bulk.${this.action}`)}</button>
        <button @click=${this.close}>${t("button.cancel")}</button>
      `;
    }
    return html`
      ${this.stage === "done" && this.steps.some(({ undo }) => undo) ? html`<button @click=${this.undo}>${t("bulk.undo")}</button>` : nothing}
      <button ?disabled=${this.isBusy} @click=${this.close}>${t("button.close")}</button>
    `;
  }

  table() {
    const columns = /** @type {const} */ (["user", "salesperson", "result"]);
    return html`
      <div class="scroll" tabindex="0" role="group" aria-labelledby=${this.uid}>
        <table class="records wide" role="table" aria-labelledby=${this.uid}>
          <thead role="rowgroup">
            <tr role="row">
              ${columns.map((column) => html`<th role="columnheader" scope="col">${t(`bulk.${column}`)}</th>`)}
            </tr>
          </thead>
          <tbody role="rowgroup">
            ${this.steps.map((step) => this.row(step))}
          </tbody>
        </table>
      </div>
    `;
  }

  /** @param {Step} step */
  row({ row, partner, skip, result, reason }) {
    const said =
      skip ||
      (result === "failed" ? t("bulk.failed", { reason }) : result ? t("bulk.ok") : t("bulk.waiting"));
    return html`
      <tr role="row" class=${skip ? "left-out" : ""}>
        <th role="rowheader" scope="row"><bdi>${row.name || row.id}</bdi></th>
        <td role="cell" class=${partner ? "" : "absent"} data-label=${t("bulk.salesperson")}><bdi>${partner}</bdi></td>
        <td role="cell" class=${result === "failed" ? "warning" : ""} data-label=${t("bulk.result")}>${said}</td>
      </tr>
    `;
  }
}

customElements.define("coupler-bulk", BulkDialog);
