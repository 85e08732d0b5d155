import { html } from "../../vendor/lit.js";
import { comparison, couplingById, couplingOf } from "../api.js";
import { SignedOut } from "../auth.js";
import { label, t } from "../messages.js";
import "./delete-coupling.js";
import { heading, LightElement } from "./light.js";
import "./problem.js";
import "./set-up-coupling.js";
import "./synchronize-now.js";
import "./waiting.js";

/** @typedef {import("../types.js").Subject} Subject */
/** @typedef {"set-up" | "synchronize" | "delete"} View */

/** Finds out what the record is and whether it is coupled, then shows the window that was asked for. */
export class CouplingPage extends LightElement {
  static properties = {
    context: { attribute: false },
    connection: { attribute: false },
    mayWrite: { type: Boolean },
    stage: { state: true },
    view: { state: true },
  };

  constructor() {
    super();
    /** @type {import("../types.js").HostContext} set before the first rendering */
    this.context = /** @type {any} */ (null);
    /** @type {import("../types.js").Connection} set before the first rendering */
    this.connection = /** @type {any} */ (null);
    this.mayWrite = false;
    /** @type {"loading" | "problem" | "missing" | "unknown" | "ready"} */
    this.stage = "loading";
    /** @type {View} */
    this.view = "set-up";
    /** @type {Subject | null} */
    this.subject = null;
    /** @type {import("../types.js").Comparison | null} */
    this.comparison = null;
    /** @type {unknown} */
    this.problem = null;
    this.addEventListener("coupler-view", (event) => {
      this.view = /** @type {CustomEvent<View>} */ (event).detail;
      this.load();
    });
  }

  firstUpdated() {
    this.view = this.context.action;
    this.load();
  }

  async load() {
    const { key } = this.context;
    this.stage = key ? "loading" : "missing";
    if (!key) return;
    try {
      await this.find();
      this.stage = this.subject ? "ready" : "unknown";
    } catch (error) {
      if (error instanceof SignedOut) this.tell("coupler-signed-out");
      this.problem = error;
      this.stage = "problem";
    }
    this.focusOn();
  }

  /** Sets the subject, null where there is no such record. The questions need no record to be read. */
  async find() {
    const { system, key } = this.context;
    const { connection } = this;
    let coupling = this.view === "set-up" ? null : await couplingOf(connection.name, system, key);
    let side = coupling?.[system] ?? null;
    if (!coupling) {
      const pair = system === "nav" ? { nav_key: key } : { crm_id: key };
      this.comparison = await comparison(connection.name, pair);
      if (this.comparison.coupling) coupling = (await couplingById(this.comparison.coupling)).coupling;
      side = this.comparison[system] ?? coupling?.[system] ?? null;
    }
    this.subject = side && {
      system,
      key: "key" in side ? side.key : side.id,
      name: side.name ?? "",
      connection,
      coupling,
    };
  }

  render() {
    if (this.stage === "loading") return html`<coupler-waiting .system=${"crm"}></coupler-waiting>`;
    if (this.stage === "missing") {
      return html`${heading(t("record.missing"))}<p>${t("record.missing.text")}</p>`;
    }
    if (this.stage === "unknown") {
      const { system, key } = this.context;
      const text = t(`record.unknown.${system}`, { key, company: this.connection.nav_company });
      return html`${heading(t("record.unknown"))}<p class="note bad" role="alert">${text}</p>`;
    }
    if (this.stage === "problem") {
      return html`
        ${heading(t("setUp.title"))}
        <coupler-problem .what=${t("setUp.unreadable")} .problem=${this.problem}></coupler-problem>
        <div class="buttons">
          <button @click=${this.load}>${t("button.retry")}</button>
          <button @click=${() => this.tell("coupler-leave")}>${t("button.close")}</button>
        </div>
      `;
    }
    return this.window(/** @type {Subject} */ (this.subject));
  }

  /** @param {Subject} subject */
  window(subject) {
    if (this.view === "set-up") {
      return html`
        <coupler-set-up
          .subject=${subject}
          .alone=${this.comparison}
          .thenOpen=${this.context.thenOpen}
          .mayWrite=${this.mayWrite}
        ></coupler-set-up>
      `;
    }
    if (!subject.coupling) return this.uncoupled(subject);
    return this.view === "synchronize"
      ? html`<coupler-synchronize .coupling=${subject.coupling} .mayWrite=${this.mayWrite}></coupler-synchronize>`
      : html`<coupler-delete .coupling=${subject.coupling} .mayWrite=${this.mayWrite}></coupler-delete>`;
  }

  /** What the products ask on an uncoupled record (domain U-21, U-22). @param {Subject} subject */
  uncoupled({ system, key, name }) {
    const offer = this.view !== "delete";
    return html`
      ${heading(t("uncoupled.title"))}
      <p>${t(`uncoupled.${system}`, { name: label(system, key, name) })} ${offer ? t("uncoupled.offer") : ""}</p>
      <div class="buttons">
        ${
          offer
            ? html`<button class="primary" @click=${() => this.tell("coupler-view", "set-up")}>${t("button.setUp")}</button>`
            : ""
        }
        <button @click=${() => this.tell("coupler-leave")}>${t(offer ? "button.cancel" : "button.close")}</button>
      </div>
    `;
  }
}

customElements.define("coupler-coupling-page", CouplingPage);
