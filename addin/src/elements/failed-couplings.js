import { html, nothing, repeat } from "../../vendor/lit.js";
import { ApiProblem } from "../api.js";
import { SignedOut } from "../auth.js";
import { failure } from "../failure.js";
import { couplePage } from "../host.js";
import { isForeign, when } from "../language.js";
import { couplings } from "../lists.js";
import { labels, nextStep, t } from "../messages.js";
import { synchronize } from "../pairs.js";
import { LightElement } from "./light.js";
import "./waiting.js";

/** @typedef {import("../types.js").Coupling} Coupling */

const STATES = /** @type {const} */ (["failed", "skipped", "broken"]);

/** Couplings whose last synchronization failed: what, why, what next, and Retry for one or for all. Tells `retried`. */
export class FailedCouplings extends LightElement {
  static properties = {
    connection: { type: String },
    mayWrite: { type: Boolean },
    rows: { state: true },
    stage: { state: true },
    selected: { state: true },
    said: { state: true },
  };

  constructor() {
    super();
    this.connection = "";
    this.mayWrite = false;
    /** @type {Coupling[]} */
    this.rows = [];
    /** @type {"loading" | "ready" | "problem" | "retrying"} */
    this.stage = "loading";
    /** @type {ReadonlySet<string>} */
    this.selected = new Set();
    this.said = "";
    /** @type {unknown} */
    this.problem = null;
    /** Why a retry did not help, by coupling. @type {Map<string, ApiProblem>} */
    this.refusals = new Map();
  }

  firstUpdated() {
    this.load();
  }

  async load() {
    this.stage = "loading";
    try {
      const query = { connection: this.connection, limit: 200 };
      const pages = await Promise.all(STATES.map((state) => couplings({ ...query, state })));
      this.rows = pages.flatMap(({ rows }) => rows);
      this.selected = new Set([...this.selected].filter((id) => this.retryable.some((row) => row.id === id)));
      this.stage = "ready";
    } catch (error) {
      if (error instanceof SignedOut) this.tell("coupler-signed-out");
      this.problem = error;
      this.stage = "problem";
    }
  }

  /** What a synchronization may mend. */
  get retryable() {
    return this.rows.filter(({ state }) => state !== "broken");
  }

  /** One after the other: a system that is down is not asked by many at once. @param {Coupling[]} rows */
  async retry(rows) {
    this.stage = "retrying";
    let failed = 0;
    for (const [index, { id }] of rows.entries()) {
      this.said = t("jobs.retrying", { done: index + 1, count: rows.length });
      this.refusals.delete(id);
      try {
        await synchronize(id, {});
      } catch (error) {
        if (error instanceof SignedOut) return void this.tell("coupler-signed-out");
        if (error instanceof ApiProblem) this.refusals.set(id, error);
        failed++;
      }
    }
    await this.load();
    this.said = t("jobs.retried", { count: rows.length - failed, failed });
    this.tell("retried");
  }

  render() {
    return html`
      <section aria-labelledby=${this.uid}>
        <div class="fasttab">
          <h2 id=${this.uid}>${t("jobs.errors")}</h2>
          <p class="count" role="status">${this.said}</p>
        </div>
        ${this.content()}
      </section>
    `;
  }

  content() {
    if (this.stage === "loading" && !this.rows.length) {
      return html`<coupler-waiting></coupler-waiting>`;
    }
    if (this.stage === "problem") {
      return html`
        ${failure(t("jobs.unread"), this.problem)}
        <div class="buttons start"><button @click=${this.load}>${t("button.retry")}</button></div>
      `;
    }
    if (!this.rows.length) return html`<p class="note good">${t("jobs.none")}</p>`;
    return html`
      ${this.mayWrite && this.retryable.length ? this.tools() : nothing}
      <ul class="failures">
        ${repeat(
          this.rows,
          ({ id }) => id,
          (row) => this.row(row),
        )}
      </ul>
    `;
  }

  tools() {
    const { retryable, selected } = this;
    const every = selected.size === retryable.length;
    const chosen = retryable.filter(({ id }) => selected.has(id));
    return html`
      <div class="buttons start">
        <label class="radio">
          <input
            type="checkbox"
            .checked=${every}
            .indeterminate=${selected.size > 0 && !every}
            @change=${() => {
              this.selected = new Set(every ? [] : retryable.map(({ id }) => id));
            }}
          >
          ${t("jobs.select")}
        </label>
        <button class="call" ?disabled=${!chosen.length || this.stage === "retrying"} @click=${() => this.retry(chosen)}>
          ${t("jobs.retry")}
        </button>
      </div>
    `;
  }

  /** @param {Coupling} row */
  row(row) {
    const { nav, crm } = labels(row);
    const name = `${nav} – ${crm}`;
    return html`
      <li>
        ${
          this.mayWrite && row.state !== "broken"
            ? html`<input type="checkbox" aria-label=${t("jobs.selectOne", { name })} .checked=${this.selected.has(row.id)} @change=${() => this.toggle(row.id)}>`
            : html`<span></span>`
        }
        <div class="failure">
          <p class="name"><bdi>${nav}</bdi> – <bdi>${crm}</bdi> <strong class="badge bad">${t(`state.${row.state}`)}</strong></p>
          ${this.reason(row)}
          ${row.last_synchronized_at ? html`<p class="quiet">${t("state.last", { when: when(row.last_synchronized_at), who: row.last_synchronized_by ?? "" })}</p>` : nothing}
          <div class="buttons start">
            ${
              this.mayWrite && row.state !== "broken"
                ? html`<button class="small" aria-label=${t("jobs.retryOne", { name })} ?disabled=${this.stage === "retrying"} @click=${() => this.retry([row])}>${t("jobs.retry")}</button>`
                : nothing
            }
            <a class="button small" href=${couplePage("nav", row.nav.key, { connection: row.connection })} aria-label=${t("jobs.openOf", { name })}>${t("jobs.open")}</a>
          </div>
        </div>
      </li>
    `;
  }

  /** What failed and why, then what to do. @param {Coupling} row */
  reason({ id, state, last_error: stored }) {
    if (state === "broken") return html`<p>${t("jobs.gone")} ${t("jobs.gone.next")}</p>`;
    const fresh = this.refusals.get(id);
    if (fresh?.status === 409) return html`<p>${t("jobs.asks")}</p>`;
    const said = fresh ? { code: fresh.code, message: fresh.message, fix: fresh.body.fix } : stored;
    if (!said) return nothing;
    const english = isForeign() ? "en" : nothing;
    return html`<p lang=${english}>${said.message}</p><p>${nextStep(said.code, said.fix)}</p>`;
  }

  /** @param {string} id */
  toggle(id) {
    const selected = new Set(this.selected);
    if (!selected.delete(id)) selected.add(id);
    this.selected = selected;
  }
}

customElements.define("coupler-failed-couplings", FailedCouplings);
