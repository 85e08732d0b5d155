import { html } from "../../vendor/lit.js";
import { SignedOut } from "../auth.js";
import { failure } from "../failure.js";
import { add, label, t } from "../messages.js";
import { findSubject } from "../subject.js";
import { texts as coupling } from "../texts/coupling.js";
import { texts as records } from "../texts/records.js";
import { heading, LightElement } from "./light.js";
import "./waiting.js";

await add({ coupling, records });

/** @typedef {import("../types.js").Subject} Subject */
/** @typedef {"set-up" | "synchronize" | "delete"} View */

/** The windows; only the one that is asked for is loaded. @type {Record<View, () => Promise<unknown>>} */
const WINDOWS = {
  "set-up": () => import("./set-up-coupling.js"),
  synchronize: () => import("./synchronize-now.js"),
  delete: () => import("./delete-coupling.js"),
};

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
      // The questions need no record to be read.
      const live = this.view === "set-up";
      const [found] = await Promise.all([
        findSubject(this.context, this.connection, { live }),
        WINDOWS[this.view](),
      ]);
      this.comparison = found.comparison;
      this.subject = found.subject;
      this.stage = this.subject ? "ready" : "unknown";
    } catch (error) {
      if (error instanceof SignedOut) this.tell("coupler-signed-out");
      this.problem = error;
      this.stage = "problem";
    }
    this.focusOn();
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
        ${failure(t("setUp.unreadable"), this.problem)}
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
