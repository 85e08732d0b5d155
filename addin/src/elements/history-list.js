import { html, nothing, repeat } from "../../vendor/lit.js";
import { SignedOut } from "../auth.js";
import { failure } from "../failure.js";
import { history, undo } from "../history.js";
import { isForeign, when } from "../language.js";
import { add, fieldName, labels, t } from "../messages.js";
import { stylesheet } from "../stylesheet.js";
import { texts as log } from "../texts/history.js";
import { value } from "./changes.js";
import { LightElement } from "./light.js";
import "./waiting.js";

await Promise.all([add({ history: log }), stylesheet("lists.css")]);

/** @typedef {import("../types.js").HistoryEntry} Entry */

const LIMIT = 20;

/** What was done, newest first: of one coupling, of one connection, or of all. Tells `undone`. */
export class HistoryList extends LightElement {
  static properties = {
    connection: { type: String },
    coupling: { type: String },
    mayWrite: { type: Boolean },
    heading: { type: String },
    rows: { state: true },
    stage: { state: true },
  };

  constructor() {
    super();
    this.connection = "";
    this.coupling = "";
    this.mayWrite = false;
    this.heading = t("log.title");
    /** @type {Entry[]} */
    this.rows = [];
    /** @type {"loading" | "ready" | "problem"} */
    this.stage = "loading";
    /** @type {string | null} */
    this.next = null;
    /** @type {{what: string, error: unknown} | null} */
    this.problem = null;
  }

  firstUpdated() {
    this.load();
  }

  /** Reads the first page, or the one after the rows shown. @param {string | null} [next] */
  async load(next = null) {
    this.stage = "loading";
    await this.attempt(t("log.failed"), async () => {
      const query = { connection: this.connection, coupling: this.coupling, limit: LIMIT };
      const page = await history(next ?? query);
      this.rows = next ? [...this.rows, ...page.rows] : page.rows;
      this.next = page.next;
    });
  }

  /** @param {string} what failed @param {() => Promise<void>} work */
  async attempt(what, work) {
    try {
      await work();
      this.problem = null;
      this.stage = "ready";
    } catch (error) {
      if (error instanceof SignedOut) this.tell("coupler-signed-out");
      this.problem = { what, error };
      this.stage = "problem";
    }
  }

  /** @param {Entry} entry */
  async undo({ id }) {
    await this.attempt(t("log.undoFailed"), async () => {
      await undo(id);
      if (this.tell("undone")) await this.load();
    });
  }

  render() {
    return html`
      <section aria-labelledby=${this.uid}>
        <h2 id=${this.uid} tabindex="-1">${this.heading}</h2>
        ${this.rows.length ? this.table() : nothing}
        ${this.stage === "ready" && !this.rows.length ? html`<p class="hint">${t("log.empty")}</p>` : nothing}
        ${this.stage === "loading" ? html`<coupler-waiting></coupler-waiting>` : nothing}
        ${this.problem ? failure(this.problem.what, this.problem.error) : nothing}
        <div class="buttons start">
          ${this.stage === "problem" ? html`<button @click=${() => this.load()}>${t("button.retry")}</button>` : nothing}
          ${this.next && this.stage === "ready" ? html`<button @click=${() => this.load(this.next)}>${t("button.loadMore")}</button>` : nothing}
        </div>
      </section>
    `;
  }

  table() {
    const columns = /** @type {const} */ (["when", "what", "pair", "by", "changes"]);
    const gone = new Set(this.rows.map(({ undoes }) => undoes));
    return html`
      <table class="records wide" role="table" aria-labelledby=${this.uid}>
        <thead role="rowgroup">
          <tr role="row">
            ${columns.map((column) => html`<th role="columnheader" scope="col">${t(`log.${column}`)}</th>`)}
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${repeat(
            this.rows,
            ({ id }) => id,
            (entry) => this.row(entry, gone.has(entry.id)),
          )}
        </tbody>
      </table>
    `;
  }

  /** @param {Entry} entry @param {boolean} isGone it was taken back */
  row(entry, isGone) {
    const { nav, crm } = labels(entry);
    const fields = Object.keys(entry.after).filter((name) => /^[A-Z]/.test(name));
    return html`
      <tr role="row">
        <th role="rowheader" scope="row">${when(entry.at)}</th>
        <td role="cell" data-label=${t("log.what")}>
          ${t(`deed.${entry.deed}`)}
          ${entry.stage === "confirmed" ? nothing : html`<span class="warning">${t(`stage.${entry.stage}`)}</span>`}
          ${entry.detail ? html`<span class="quiet" lang=${isForeign() ? "en" : nothing}>${entry.detail}</span>` : nothing}
        </td>
        <td role="cell" data-label=${t("log.pair")}><bdi>${nav}</bdi> – <bdi>${crm}</bdi></td>
        <td role="cell" data-label=${t("log.by")}><bdi>${entry.by}</bdi></td>
        <td role="cell" data-label=${t("log.changes")} class=${fields.length || this.mayWrite ? "" : "absent"}>
          ${fields.map(
            (name) =>
              html`<span class="change">${fieldName(name)}: ${value(entry.before[name] ?? "")} → ${value(entry.after[name] ?? "")}</span>`,
          )}
          ${this.back(entry, isGone)}
        </td>
      </tr>
    `;
  }

  /** @param {Entry} entry @param {boolean} isGone */
  back(entry, isGone) {
    if (isGone) return html`<span class="quiet">${t("log.undone")}</span>`;
    if (!this.mayWrite || entry.deed === "undo" || entry.stage !== "confirmed") return nothing;
    const { nav, crm } = labels(entry);
    const what = { deed: t(`deed.${entry.deed}`), pair: `${nav} – ${crm}`, when: when(entry.at) };
    return html`
      <button class="small" aria-label=${t("log.undoOf", what)} @click=${() => this.undo(entry)}>${t("log.undo")}</button>
    `;
  }
}

customElements.define("coupler-history", HistoryList);
