import { html, nothing } from "../../vendor/lit.js";
import { ApiProblem } from "../api.js";
import { SignedOut } from "../auth.js";
import { failure } from "../failure.js";
import { add, labels, t } from "../messages.js";
import { synchronize } from "../pairs.js";
import "./changes.js";
import { texts as done } from "../texts/done.js";
import { heading, LightElement } from "./light.js";
import "./waiting.js";

await add({ done });

/** @typedef {import("../types.js").Synchronization} Synchronization */

/** Synchronize Now: asks with the changes in sight, warns where NAV's values are newer (domain Y-02 to Y-04). */
export class SynchronizeNow extends LightElement {
  static properties = {
    coupling: { attribute: false },
    mayWrite: { type: Boolean },
    stage: { state: true },
    again: { state: true },
  };

  constructor() {
    super();
    /** @type {import("../types.js").Coupling} set before the first rendering */
    this.coupling = /** @type {any} */ (null);
    this.mayWrite = false;
    /** @type {"reading" | "asking" | "equal" | "working" | "done" | "problem"} */
    this.stage = "reading";
    /** What would be done, then what was done. @type {Synchronization | null} */
    this.plan = null;
    /** The records changed between question and answer. */
    this.again = false;
    /** @type {unknown} */
    this.problem = null;
  }

  connectedCallback() {
    super.connectedCallback();
    if (this.mayWrite) this.read();
    else this.enter("asking");
  }

  /** @param {SynchronizeNow["stage"]} stage @param {string} [focus] */
  enter(stage, focus) {
    this.stage = stage;
    this.focusOn(focus);
  }

  /** Reads both records without writing. */
  async read() {
    this.stage = "reading";
    await this.attempt(async () => {
      this.plan = await synchronize(this.coupling.id, { dry_run: true });
      if (!this.plan.changes?.length) this.enter("equal");
      // Where newer values would be lost, Enter must not overwrite them.
      else this.enter("asking", this.plan.question ? "button.cancel" : "button.primary");
    });
  }

  async write() {
    this.stage = "working";
    this.again = false;
    await this.attempt(async () => {
      this.plan = await synchronize(this.coupling.id, { force: Boolean(this.plan?.question) });
      this.enter(this.plan.changes?.length ? "done" : "equal");
    });
  }

  /** @param {() => Promise<void>} work */
  async attempt(work) {
    try {
      await work();
    } catch (error) {
      if (error instanceof SignedOut) this.tell("coupler-signed-out");
      else if (error instanceof ApiProblem && ["nav_is_newer", "both_changed"].includes(error.code)) {
        this.again = true;
        await this.read();
      } else {
        this.problem = error;
        this.enter("problem");
      }
    }
  }

  render() {
    const { nav: name, crm: partner } = labels(this.coupling);
    switch (this.stage) {
      case "reading":
        return html`${heading(t("sync.title"))}<coupler-waiting .system=${"crm"}></coupler-waiting>`;
      case "working":
        return html`
          ${heading(t("sync.title"))}
          <coupler-waiting .system=${"nav"} .text=${t("sync.working")}></coupler-waiting>
        `;
      case "problem":
        return html`
          ${heading(t("sync.title"))}
          ${failure(t("sync.failed"), this.problem)}
          ${this.closing(html`<button @click=${this.read}>${t("button.retry")}</button>`)}
        `;
      case "equal":
        return html`
          ${heading(t("sync.equal"))}
          <p class="note good" role="status">${t("sync.equal.text", { name, partner })}</p>
          ${this.closing()}
        `;
      case "done":
        return html`
          ${heading(t("sync.done"))}
          <p class="note good" role="status">${t("sync.done.text", { name, partner })}</p>
          ${this.changes()} ${this.closing()}
        `;
      default:
        return this.question(name);
    }
  }

  /** @param {string} name */
  question(name) {
    const warning = this.plan?.question;
    return html`
      ${heading(t("sync.question", { name }))}
      ${this.again ? html`<p class="note" role="status">${t("sync.again")}</p>` : nothing}
      ${warning ? html`<p class="note bad" role="alert">${t(`sync.${warning}`, { name })}</p>` : nothing}
      ${this.mayWrite ? this.changes() : html`<p class="note" role="note">${t("role.reader")}</p>`}
      <div class="buttons">
        <button class="primary" ?disabled=${!this.mayWrite} @click=${this.write}>${t("button.ok")}</button>
        <button class="cancel" @click=${() => this.tell("coupler-leave")}>${t("button.cancel")}</button>
      </div>
    `;
  }

  changes() {
    return html`<coupler-changes .changes=${this.plan?.changes ?? []}></coupler-changes>`;
  }

  /** @param {unknown} [first] */
  closing(first = nothing) {
    const { url } = this.coupling.crm;
    return html`
      <div class="buttons">
        ${first}
        ${
          url
            ? html`<a class="button" href=${url} target="_blank" rel="noopener">${t("open.crm")}<span class="visually-hidden"> (${t("opens.tab")})</span></a>`
            : nothing
        }
        <button @click=${() => this.tell("coupler-leave")}>${t("button.close")}</button>
      </div>
    `;
  }
}

customElements.define("coupler-synchronize", SynchronizeNow);
