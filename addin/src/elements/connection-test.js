import { html, nothing } from "../../vendor/lit.js";
import { SignedOut } from "../auth.js";
import { failure } from "../failure.js";
import { isForeign } from "../language.js";
import { counted, has, t } from "../messages.js";
import { testConnection } from "../settings.js";
import { LightElement } from "./light.js";
import "./waiting.js";

/** @typedef {import("../types.js").Check} Check */

/** Test Connection as a list: one line per check, and what to do where one is not well (domain N-12). */
export class ConnectionTest extends LightElement {
  static properties = { connection: { type: String }, isAdmin: { type: Boolean }, stage: { state: true } };

  constructor() {
    super();
    this.connection = "";
    this.isAdmin = false;
    /** @type {"" | "running" | "done" | "problem"} */
    this.stage = "";
    /** @type {Check[]} */
    this.checks = [];
    /** @type {unknown} */
    this.problem = null;
  }

  async run() {
    this.stage = "running";
    try {
      this.checks = await testConnection(this.connection);
      this.stage = "done";
    } catch (error) {
      if (error instanceof SignedOut) this.tell("coupler-signed-out");
      this.problem = error;
      this.stage = "problem";
    }
    this.focusOn("h3");
  }

  render() {
    const { stage } = this;
    return html`
      <section aria-labelledby=${this.uid}>
        <div class="fasttab">
          <h3 id=${this.uid} tabindex="-1">${t("check.title")}</h3>
          <p class="count" role="status">${stage === "done" ? this.summary : ""}</p>
        </div>
        ${stage === "problem" ? failure(t("check.failed"), this.problem) : nothing}
        ${stage === "done" ? this.list() : nothing}
        <div class="buttons start">
          <button class="call" ?disabled=${!this.isAdmin || stage === "running"} @click=${this.run}>
            ${t(stage === "done" ? "check.again" : "check.title")}
          </button>
          ${this.isAdmin ? nothing : html`<p class="hint">${t("check.admin")}</p>`}
          ${stage === "running" ? html`<coupler-waiting .system=${"crm"} .text=${t("check.running")}></coupler-waiting>` : nothing}
        </div>
      </section>
    `;
  }

  get summary() {
    const open = this.checks.filter(({ status }) => status !== "ok").length;
    return open ? counted("check.some", open) : t("check.all", { count: this.checks.length });
  }

  list() {
    const columns = /** @type {const} */ (["line", "status", "detail"]);
    return html`
      <table class="records wide checks" role="table" aria-labelledby=${this.uid}>
        <thead role="rowgroup">
          <tr role="row">
            ${columns.map((column) => html`<th role="columnheader" scope="col">${t(`check.${column}`)}</th>`)}
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${this.checks.map((check) => this.row(check))}
        </tbody>
      </table>
    `;
  }

  /** @param {Check} check */
  row({ check, status, detail, fix }) {
    const [system, line] = check.split(".");
    const id = `check.${line}`;
    const english = isForeign() ? "en" : nothing;
    return html`
      <tr role="row">
        <th role="rowheader" scope="row">${(system ?? "").toUpperCase()}: ${has(id) ? t(id) : line}</th>
        <td role="cell" data-label=${t("check.status")}><strong class=${`badge ${MARKS[status]}`}>${t(`check.${status}`)}</strong></td>
        <td role="cell" data-label=${t("check.detail")} lang=${english}>
          <span>${detail}</span> ${fix ? html`<span class="fix">${fix}</span>` : nothing}
        </td>
      </tr>
    `;
  }
}

const MARKS = { ok: "good", warn: "warn", fail: "bad", not_run: "" };

customElements.define("coupler-connection-test", ConnectionTest);
