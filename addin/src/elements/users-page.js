import { html, live, nothing, repeat } from "../../vendor/lit.js";
import { users } from "../api.js";
import { SignedOut } from "../auth.js";
import { couplePage } from "../host.js";
import { counted, t } from "../messages.js";
import { opens, whyBarred } from "../search.js";
import { heading, LightElement } from "./light.js";
import "./problem.js";
import "./waiting.js";

/** @typedef {import("../types.js").UserRow} UserRow */
/** @typedef {"all" | "coupled" | "uncoupled"} Filter */

const LIMIT = 50;
const PAUSE = 250;
const FILTERS = /** @type {const} */ (["all", "coupled", "uncoupled"]);

/** The list Microsoft Dynamics CRM Users: who there is and who is coupled (domain S-24). */
export class UsersPage extends LightElement {
  static properties = {
    connection: { attribute: false },
    rows: { state: true },
    filter: { state: true },
    text: { state: true },
    stage: { state: true },
  };

  constructor() {
    super();
    /** @type {import("../types.js").Connection} set before the first rendering */
    this.connection = /** @type {any} */ (null);
    /** @type {UserRow[]} */
    this.rows = [];
    /** @type {Filter} */
    this.filter = "all";
    this.text = "";
    /** @type {"loading" | "ready" | "problem"} */
    this.stage = "loading";
    /** @type {string | null} */
    this.next = null;
    /** @type {unknown} */
    this.problem = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @type {AbortController | null} */
    this.running = null;
  }

  firstUpdated() {
    document.title = t("users.title");
    this.load();
    this.focusOn();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.timer);
    this.running?.abort();
  }

  /** Reads the first page, or the one after the rows shown. @param {string | null} [next] */
  async load(next = null) {
    this.running?.abort();
    const running = new AbortController();
    this.running = running;
    this.stage = "loading";
    if (!next) this.rows = [];
    try {
      const page = await users(next ?? this.query, running.signal);
      if (running.signal.aborted) return;
      this.rows = [...this.rows, ...page.rows];
      this.next = page.next;
      this.stage = "ready";
    } catch (error) {
      if (running.signal.aborted) return;
      if (error instanceof SignedOut) this.tell("coupler-signed-out");
      this.problem = error;
      this.stage = "problem";
    }
  }

  get query() {
    const coupled = { all: null, coupled: true, uncoupled: false }[this.filter];
    return { connection: this.connection.name, coupled, q: this.text.trim(), limit: LIMIT };
  }

  render() {
    return html`
      ${heading(t("users.title"))}
      <div class="filters">
        <label class="search">
          <span class="visually-hidden">${t("users.search")}</span>
          <input type="search" placeholder=${t("users.search")} .value=${live(this.text)} @input=${this.onSearch}>
        </label>
        <fieldset class="segments">
          <legend class="visually-hidden">${t("users.show")}</legend>
          ${FILTERS.map((filter) => this.segment(filter))}
        </fieldset>
      </div>
      <p class="hint" role="status">${this.summary}</p>
      ${this.rows.length ? this.table() : nothing} ${this.below()}
    `;
  }

  get summary() {
    if (this.stage !== "ready") return "";
    if (this.next) return t("users.countMore", { count: this.rows.length });
    if (this.rows.length) return counted("users.count", this.rows.length);
    return t(this.isFiltered ? "users.none" : "users.empty");
  }

  get isFiltered() {
    return this.filter !== "all" || this.text.trim() !== "";
  }

  /** @param {Filter} filter */
  segment(filter) {
    return html`
      <label>
        <input type="radio" name=${`${this.uid}-show`} .checked=${this.filter === filter} @change=${() => this.show(filter)}>
        <span>${t(`users.${filter}`)}</span>
      </label>
    `;
  }

  /** @param {Filter} filter */
  show(filter) {
    this.filter = filter;
    this.load();
  }

  clear() {
    this.text = "";
    this.show("all");
    this.focusOn("input[type=search]");
  }

  /** @param {Event} event */
  onSearch(event) {
    this.text = /** @type {HTMLInputElement} */ (event.target).value;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.load(), PAUSE);
  }

  below() {
    if (this.stage === "loading") return html`<coupler-waiting .system=${"crm"}></coupler-waiting>`;
    if (this.stage === "problem") {
      return html`
        <coupler-problem .what=${t("users.failed")} .problem=${this.problem}></coupler-problem>
        <div class="buttons"><button @click=${() => this.load(this.rows.length ? this.next : null)}>${t("button.retry")}</button></div>
      `;
    }
    const clear = !this.rows.length && this.isFiltered;
    return html`
      <div class="buttons">
        ${this.next ? html`<button @click=${() => this.load(this.next)}>${t("button.loadMore")}</button>` : nothing}
        ${clear ? html`<button @click=${this.clear}>${t("users.clear")}</button>` : nothing}
      </div>
    `;
  }

  table() {
    const columns = /** @type {const} */ (["name", "email", "phone", "isCoupled", "code", "action"]);
    return html`
      <table class="records users" role="table" aria-label=${t("users.title")}>
        <thead role="rowgroup">
          <tr role="row">
            ${columns.map((column) => html`<th role="columnheader" scope="col">${t(`users.${column}`)}</th>`)}
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${repeat(
            this.rows,
            ({ id }) => id,
            (row) => this.row(row),
          )}
        </tbody>
      </table>
    `;
  }

  /** @param {UserRow} row */
  row(row) {
    const name = row.name || row.id;
    const barred = whyBarred(row);
    const from = { connection: this.connection.name, from: "users" };
    return html`
      <tr role="row">
        <th role="rowheader" scope="row"><bdi>${name}</bdi> ${barred ? html`<span class="mark">${barred}</span>` : nothing}</th>
        <td role="cell" class=${row.email ? "" : "absent"} data-label=${t("users.email")}><bdi>${row.email}</bdi></td>
        <td role="cell" class=${row.phone ? "" : "absent"} data-label=${t("users.phone")}><bdi>${row.phone}</bdi></td>
        <td role="cell" data-label=${t("users.isCoupled")}>${t(row.coupling ? "users.yes" : "users.no")}</td>
        <td role="cell" class=${row.salesperson ? "" : "absent"} data-label=${t("users.code")}>
          ${
            row.salesperson
              ? html`
                <a
                  href=${opens("crm/systemuser", row.id, this)}
                  target="_blank"
                  rel="noopener"
                  aria-label=${t("users.openSalesperson", { key: row.salesperson })}
                ><bdi>${row.salesperson}</bdi></a>
              `
              : nothing
          }
        </td>
        <td role="cell" data-label=${t("users.action")}>
          <a href=${couplePage("crm", row.id, from)} aria-label=${t("users.setUpFor", { name })}>${t("button.setUp")}</a>
        </td>
      </tr>
    `;
  }
}

customElements.define("coupler-users-page", UsersPage);
