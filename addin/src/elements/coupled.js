import { html, nothing } from "../../vendor/lit.js";
import { ApiProblem } from "../api.js";
import { SignedOut } from "../auth.js";
import { failure } from "../failure.js";
import { undo } from "../history.js";
import { when } from "../language.js";
import { counted, label, labels, t } from "../messages.js";
import { comparison, couplingById, synchronize, uncouple } from "../pairs.js";
import { pairOf } from "../subject.js";
import "./coupled-records.js";
import { LightElement } from "./light.js";
import "./more.js";
import "./waiting.js";

/** @typedef {import("../types.js").Coupling} Coupling */

const STRONGER = ["nav_is_newer", "both_changed"];

/**
 * A coupled record: its partner, the state, the differences, Synchronize Now without a question where nothing is
 * lost. Tells `done` with a notice, `set-up` to change the coupling.
 */
export class Coupled extends LightElement {
  static properties = {
    subject: { attribute: false },
    mayWrite: { type: Boolean },
    compared: { state: true },
    working: { state: true },
    problem: { state: true },
    question: { state: true },
    log: { state: true },
  };

  constructor() {
    super();
    /** @type {import("../types.js").Subject} set before the first rendering */
    this.subject = /** @type {any} */ (null);
    this.mayWrite = false;
    /** Both records as they are now. @type {import("../types.js").Comparison | null} */
    this.compared = null;
    /** What is going on. @type {"" | "reading" | "synchronizing" | "deleting"} */
    this.working = "";
    /** @type {{what: string, error: unknown} | null} */
    this.problem = null;
    /** Values in NAV would be lost. @type {"" | "nav_is_newer" | "both_changed"} */
    this.question = "";
    this.log = false;
  }

  /** @param {import("../../vendor/lit.js").PropertyValues<this>} changed */
  willUpdate(changed) {
    if (changed.has("subject")) this.compare();
  }

  /** @returns {Coupling} */
  get coupling() {
    return /** @type {Coupling} */ (this.subject.coupling);
  }

  /** @returns {import("../types.js").System} */
  get partner() {
    return this.subject.system === "nav" ? "crm" : "nav";
  }

  get names() {
    const both = labels(this.coupling);
    return { name: both.nav, partner: both.crm };
  }

  async compare() {
    await this.attempt("reading", t("compare.failed"), async () => {
      const { system, key, connection } = this.subject;
      this.compared = await comparison(connection.name, pairOf(system, key));
      this.tell("coupler-differing", this.compared.differing);
    });
  }

  /** @param {Coupled["working"]} working @param {string} what failed @param {() => Promise<void>} work */
  async attempt(working, what, work) {
    this.working = working;
    this.problem = null;
    try {
      await work();
    } catch (error) {
      if (error instanceof SignedOut) this.tell("coupler-signed-out");
      this.problem = { what, error };
    }
    this.working = "";
  }

  /** @param {{force?: boolean}} [options] */
  async synchronize({ force = false } = {}) {
    this.question = "";
    await this.attempt("synchronizing", t("sync.failed"), async () => {
      try {
        const done = await synchronize(this.coupling.id, { force });
        const { synchronizedNotice } = await import("../outcome.js");
        this.tell("done", synchronizedNotice(done, this.names));
      } catch (error) {
        if (!(error instanceof ApiProblem) || !STRONGER.includes(error.code)) throw error;
        this.question = /** @type {Coupled["question"]} */ (error.code);
        // Enter must not overwrite what is newer.
        this.focusOn(".question .cancel");
      }
    });
  }

  async delete() {
    await this.attempt("deleting", t("delete.failed"), async () => {
      const text = t("delete.done.text", labels(this.coupling));
      const { etag } = await couplingById(this.coupling.id);
      const entry = await uncouple(this.coupling.id, etag);
      this.tell("done", { text, ...(entry && { undo: () => undo(entry) }) });
    });
  }

  async showLog() {
    await import("./history-list.js");
    this.log = !this.log;
  }

  render() {
    const { coupling, partner } = this;
    const side = coupling[partner];
    return html`
      <div class="partner">
        <p><span class="quiet">${t("pair.with")}</span> <bdi class="name">${label(partner, "key" in side ? side.key : side.id, side.name)}</bdi></p>
        ${
          side.url
            ? html`<a class="button" href=${side.url} target="_blank" rel="noopener">${t(`open.${partner}`)}<span class="visually-hidden"> (${t("opens.tab")})</span></a>`
            : nothing
        }
      </div>
      ${this.condition()} ${this.warnings()}
      <coupler-coupled-records
        .comparison=${this.compared}
        .missing=${this.gone}
        .busy=${this.working === "reading"}
      ></coupler-coupled-records>
      ${this.problem ? failure(this.problem.what, this.problem.error) : nothing}
      ${this.question ? this.overwriting(this.question) : this.actions()}
      ${this.log ? html`<coupler-history .connection=${coupling.connection} .coupling=${coupling.id} .mayWrite=${this.mayWrite}></coupler-history>` : nothing}
    `;
  }

  /** The side whose record is not there any more. @returns {"" | "nav" | "crm"} */
  get gone() {
    if (!this.compared) return "";
    return this.compared.crm ? (this.compared.nav ? "" : "nav") : "crm";
  }

  get isInStep() {
    return this.compared?.differing === 0 && this.coupling.state === "in_step";
  }

  condition() {
    const { last_synchronized_at: at, last_synchronized_by: who } = this.coupling;
    const last = at ? t("state.last", { when: when(at), who: who ?? "" }) : t("state.never_synchronized");
    const [kind, text] = this.state();
    return html`
      <p class="condition">
        ${text ? html`<strong class=${`badge ${kind}`}>${text}</strong>` : nothing}
        <span class="quiet">${last}</span>
      </p>
    `;
  }

  /** The state as it is seen now, else as it was last known. @returns {["good" | "warn" | "bad", string]} */
  state() {
    const { state } = this.coupling;
    if (this.gone) return ["bad", t("state.broken")];
    if (state === "failed" || state === "skipped") return ["bad", t(`state.${state}`)];
    if (this.compared?.differing) return ["warn", counted("state.differs", this.compared.differing)];
    if (this.compared && state !== "never_synchronized") return ["good", t("state.in_step")];
    return ["good", ""];
  }

  warnings() {
    const { state, last_error: error } = this.coupling;
    if (this.gone) return html`<p class="note bad" role="alert">${t(`pair.gone.${this.gone}`)}</p>`;
    if (this.compared?.not_eligible.length)
      return html`<p class="note" role="alert">${t("pair.disabled")}</p>`;
    if ((state !== "failed" && state !== "skipped") || !error) return nothing;
    const problem = new ApiProblem(0, { code: error.code, detail: error.message, fix: error.fix ?? "" });
    return failure(t(`state.${state}`), problem);
  }

  actions() {
    const { working, mayWrite } = this;
    const failed = this.coupling.state === "failed" || this.coupling.state === "skipped";
    return html`
      <div class="buttons start">
        ${
          this.isInStep
            ? html`<button ?disabled=${Boolean(working)} @click=${this.compare}>${t("pair.check")}</button>`
            : html`<button class="call" ?disabled=${!mayWrite || Boolean(working) || Boolean(this.gone)} @click=${() => this.synchronize()}>${t(failed ? "button.retry" : "sync.title")}</button>`
        }
        <coupler-more
          .label=${t("pair.more")}
          .actions=${[
            { text: t("pair.change"), disabled: !mayWrite, act: () => this.tell("set-up", null) },
            { text: t("pair.delete"), disabled: !mayWrite, act: () => this.delete() },
            { text: t("pane.log"), disabled: false, act: () => this.showLog() },
          ]}
        ></coupler-more>
        ${working && working !== "reading" ? html`<coupler-waiting .system=${"nav"} .text=${t(working === "deleting" ? "delete.working" : "sync.working")}></coupler-waiting>` : nothing}
      </div>
    `;
  }

  /** The stronger question (domain Y-03). @param {"nav_is_newer" | "both_changed"} question */
  overwriting(question) {
    return html`
      <div class="question">
        <p class="note bad" role="alert">${t(`sync.${question}`, { name: this.names.name })}</p>
        <div class="buttons start">
          <button class="danger" @click=${() => this.synchronize({ force: true })}>${t("pair.overwrite")}</button>
          <button class="cancel" @click=${this.cancel}>${t("button.cancel")}</button>
        </div>
      </div>
    `;
  }

  cancel() {
    this.question = "";
    this.focusOn("button.call");
  }
}

customElements.define("coupler-coupled", Coupled);
