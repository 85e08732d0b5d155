import { html, live, nothing } from "../../vendor/lit.js";
import { SignedOut } from "../auth.js";
import { failure } from "../failure.js";
import { users } from "../lists.js";
import { add, counted, t } from "../messages.js";
import { stylesheet } from "../stylesheet.js";
import { texts as bulk } from "../texts/bulk.js";
import { texts } from "../texts/users.js";
import { heading, LightElement } from "./light.js";
import "./users-table.js";
import "./waiting.js";

await Promise.all([add({ users: texts, bulk }), stylesheet("window.css"), stylesheet("lists.css")]);

/** @typedef {import("../types.js").UserRow} UserRow */
/** @typedef {"all" | "coupled" | "uncoupled"} Filter */

const LIMIT = 50;
const PAUSE = 250;
const ACTIONS = /** @type {const} */ (["couple", "uncouple", "synchronize"]);
const FILTERS = /** @type {const} */ (["all", "coupled", "uncoupled"]);

/** The list Microsoft Dynamics CRM Users: who there is and who is coupled (domain S-24). */
export class UsersPage extends LightElement {
  static properties = {
    connection: { attribute: false },
    mayWrite: { type: Boolean },
    rows: { state: true },
    selected: { state: true },
    action: { state: true },
    filter: { state: true },
    text: { state: true },
    stage: { state: true },
  };

  constructor() {
    super();
    /** @type {import("../types.js").Connection} set before the first rendering */
    this.connection = /** @type {any} */ (null);
    this.mayWrite = false;
    /** @type {UserRow[]} */
    this.rows = [];
    /** Ids of those ticked. @type {ReadonlySet<string>} */
    this.selected = new Set();
    /** What is being done to them. @type {import("../bulk.js").Action | ""} */
    this.action = "";
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
    if (!next) this.selected = new Set();
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
      ${this.action ? this.dialog(this.action) : nothing}
    `;
  }

  table() {
    return html`
      ${this.mayWrite ? this.tools() : nothing}
      <coupler-users-table
        .connection=${this.connection}
        .rows=${this.rows}
        .selected=${this.selected}
        .selectable=${this.mayWrite}
        @ticked=${(/** @type {CustomEvent<ReadonlySet<string>>} */ event) => {
          this.selected = event.detail;
        }}
      ></coupler-users-table>
    `;
  }

  tools() {
    const { rows, selected } = this;
    const every = selected.size === rows.length;
    return html`
      <div class="tools">
        <label class="radio">
          <input
            type="checkbox"
            .checked=${every}
            .indeterminate=${selected.size > 0 && !every}
            @change=${() => {
              this.selected = new Set(every ? [] : rows.map(({ id }) => id));
            }}
          >
          ${t("bulk.selectAll")}
        </label>
        <span class="quiet" role="status">${selected.size ? counted("bulk.selected", selected.size) : ""}</span>
        ${ACTIONS.map(
          (action) => html`
            <button class="small" ?disabled=${!selected.size} @click=${() => this.begin(action)}>${t(`bulk.${action}`)}</button>
          `,
        )}
      </div>
    `;
  }

  /** @param {import("../bulk.js").Action} action */
  async begin(action) {
    await import("./bulk-dialog.js");
    this.action = action;
  }

  /** @param {import("../bulk.js").Action} action */
  dialog(action) {
    return html`
      <coupler-bulk
        .action=${action}
        .connection=${this.connection.name}
        .rows=${this.rows.filter(({ id }) => this.selected.has(id))}
        @closed=${(/** @type {CustomEvent<boolean>} */ event) => this.end(event.detail)}
      ></coupler-bulk>
    `;
  }

  /** @param {boolean} isChanged */
  end(isChanged) {
    this.action = "";
    if (isChanged) this.load();
    this.focusOn();
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
        ${failure(t("users.failed"), this.problem)}
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
}

customElements.define("coupler-users-page", UsersPage);
