import { html, nothing } from "../../vendor/lit.js";
import { ApiProblem } from "../api.js";
import { SignedOut } from "../auth.js";
import { failure } from "../failure.js";
import { go } from "../host.js";
import { add, label, labels, t } from "../messages.js";
import { comparison, couple, synchronize } from "../pairs.js";
import { searchFor } from "../search.js";
import { stylesheet } from "../stylesheet.js";
import { texts as coupling } from "../texts/coupling.js";
import "./combobox.js";
import "./coupled-records.js";
import { heading, LightElement } from "./light.js";
import "./synchronize-after.js";
import "./waiting.js";

await Promise.all([add({ coupling }), stylesheet("window.css")]);

/** @typedef {import("../types.js").Choice} Choice */
/** @typedef {import("../types.js").Comparison} Comparison */

/** The window Microsoft Dynamics CRM User Coupling (domain 2.1). One side is given, the other is chosen. */
export class SetUpCoupling extends LightElement {
  static properties = {
    subject: { attribute: false },
    alone: { attribute: false },
    wish: { attribute: false },
    thenOpen: { type: Boolean },
    mayWrite: { type: Boolean },
    choice: { state: true },
    wanted: { state: true },
    compared: { state: true },
    stage: { state: true },
    question: { state: true },
  };

  constructor() {
    super();
    /** @type {import("../types.js").Subject} set before the first rendering */
    this.subject = /** @type {any} */ (null);
    /** The given side; both when it is coupled. @type {Comparison} */
    this.alone = /** @type {any} */ (null);
    /** Whom to start with instead of the present partner. @type {Choice | null} */
    this.wish = null;
    this.thenOpen = false;
    this.mayWrite = false;
    /** @type {Choice | null} */
    this.choice = null;
    /** @type {"no" | "use_crm_data"} */
    this.wanted = "use_crm_data";
    /** The comparison of the chosen pair, null while it is read. @type {Comparison | null} */
    this.compared = null;
    /** @type {"edit" | "working" | "done"} */
    this.stage = "edit";
    /** @type {unknown} */
    this.problem = null;
    /** @type {unknown} */
    this.unread = null;
    /** The refusal that asks for consent. @type {ApiProblem | null} */
    this.question = null;
    /** @type {Awaited<ReturnType<typeof couple>> | null} */
    this.result = null;
    /** @type {AbortController | null} */
    this.comparing = null;
    this.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.submit();
    });
  }

  connectedCallback() {
    super.connectedCallback();
    this.choice = this.present;
    this.compared = this.choice ? this.alone : null;
    this.wanted = this.choice ? "no" : "use_crm_data";
    if (this.wish) this.choose(this.wish);
  }

  /** @returns {import("../types.js").System} */
  get partner() {
    return this.subject.system === "nav" ? "crm" : "nav";
  }

  /** The present partner, unless it is gone (domain U-03). @returns {Choice | null} */
  get present() {
    const { coupling } = this.subject;
    if (!coupling || coupling.state === "broken") return null;
    const key = this.partner === "crm" ? coupling.crm.id : coupling.nav.key;
    return { key, name: this.partnerName, note: "" };
  }

  get pair() {
    const chosen = this.choice?.key ?? "";
    const { system, key } = this.subject;
    return system === "nav" ? { nav_key: key, crm_id: chosen } : { nav_key: chosen, crm_id: key };
  }

  render() {
    if (this.stage === "done" && this.result) {
      return html`<coupler-done .result=${this.result} .partner=${this.partner}></coupler-done>`;
    }
    const { system, key, name, coupling } = this.subject;
    return html`
      ${heading(t("setUp.title"))}
      ${coupling?.state === "broken" ? html`<p class="note" role="note">${t("setUp.broken")}</p>` : nothing}
      <div class="sides">
        ${system === "nav" ? [this.given(system, label(system, key, name)), this.chooser()] : nothing}
        ${system === "crm" ? [this.chooser(), this.given(system, label(system, key, name))] : nothing}
      </div>
      ${this.takenNote()} ${this.records()} ${this.options()} ${this.footer()}
      ${
        this.question
          ? html`<coupler-movement .question=${this.question} @answer=${(/** @type {CustomEvent<boolean>} */ event) => this.answer(event.detail)}></coupler-movement>`
          : nothing
      }
    `;
  }

  /** @param {import("../types.js").System} system @param {string} name */
  given(system, name) {
    const id = `${this.uid}-given`;
    return html`
      <div class="side">
        <label for=${id}>${t(`side.${system}`)}</label>
        <output id=${id} class="given"><bdi>${name}</bdi></output>
        <p class="hint">${this.subject.coupling ? t("setUp.coupledTo", { name: this.partnerName }) : t("setUp.notCoupled")}</p>
      </div>
    `;
  }

  get partnerName() {
    const { coupling } = this.subject;
    return coupling ? labels(coupling)[this.partner] : "";
  }

  chooser() {
    return html`
      <div class="side">
        <coupler-combobox
          .label=${t(`side.${this.partner}`)}
          .hint=${t(`setUp.hint.${this.partner}`)}
          .showAll=${t(this.partner === "crm" ? "button.showUsers" : "button.showSalespeople")}
          .search=${searchFor(this.partner, this.subject)}
          .value=${this.choice}
          @choose=${(/** @type {CustomEvent<Choice | null>} */ event) => this.choose(event.detail)}
        ></coupler-combobox>
      </div>
    `;
  }

  /** @param {Choice | null} choice */
  async choose(choice) {
    this.choice = choice;
    this.problem = this.unread = this.compared = null;
    this.comparing?.abort();
    if (!choice) return;
    const running = new AbortController();
    this.comparing = running;
    try {
      const compared = await comparison(this.subject.connection.name, this.pair, running.signal);
      if (!running.signal.aborted) this.compared = compared;
    } catch (error) {
      if (!running.signal.aborted) this.unread = error;
      if (error instanceof SignedOut) this.tell("coupler-signed-out");
      this.requestUpdate();
    }
  }

  takenNote() {
    if (!this.choice?.taken) return nothing;
    const { name, taken, takenHref } = this.choice;
    return html`
      <p class="note" role="status">
        ${t("setUp.taken", { name, taken })}
        <a href=${takenHref ?? ""} target="_blank" rel="noopener">${t("setUp.takenOpen", { taken })}</a>
      </p>
    `;
  }

  records() {
    if (this.unread) {
      return failure(t("compare.failed"), this.unread);
    }
    return html`
      <coupler-coupled-records
        .comparison=${this.compared ?? this.alone}
        .missing=${this.compared && this.choice ? "" : this.partner}
        .busy=${Boolean(this.choice && !this.compared)}
      ></coupler-coupled-records>
    `;
  }

  options() {
    return html`
      <coupler-synchronize-after
        .value=${this.wanted}
        .disabled=${!this.mayWrite}
        @after=${(/** @type {CustomEvent<"no" | "use_crm_data">} */ event) => {
          this.wanted = event.detail;
        }}
      ></coupler-synchronize-after>
    `;
  }

  /** Why OK cannot be pressed yet, empty when it can. */
  get missing() {
    if (!this.mayWrite) return t("role.reader");
    const seen = this.compared ?? this.alone;
    if (seen.not_eligible.length) {
      return t("setUp.barred", { name: seen.crm?.name ?? "", reasons: seen.not_eligible.join(", ") });
    }
    return this.choice ? "" : t(`setUp.choose.${this.partner}`);
  }

  footer() {
    const { missing } = this;
    const why = `${this.uid}-missing`;
    return html`
      ${this.problem ? failure(t("setUp.failed"), this.problem) : nothing}
      <div class="buttons">
        <p id=${why} class="hint">${missing}</p>
        ${this.stage === "working" ? html`<coupler-waiting .system=${"nav"} .text=${t("setUp.working")}></coupler-waiting>` : nothing}
        <button
          class="primary"
          aria-describedby=${why}
          ?disabled=${Boolean(missing) || this.stage === "working"}
          @click=${() => this.submit()}
        >
          ${t("button.ok")}
        </button>
        <button @click=${() => this.tell("coupler-leave")}>${t("button.cancel")}</button>
      </div>
    `;
  }

  /** @param {boolean} yes */
  answer(yes) {
    this.question = null;
    if (yes) this.submit({ move: true });
    else this.focusOn("button.primary");
  }

  /** @param {{move?: boolean}} [options] */
  async submit({ move = false } = {}) {
    if (!this.choice || this.missing || this.stage === "working") return;
    const isSame = this.choice.key === this.present?.key;
    if (isSame && this.wanted === "no") return void this.tell("coupler-leave");
    this.stage = "working";
    this.problem = null;
    try {
      this.result = await (isSame ? this.again() : this.store(move));
      await this.finish(this.result);
    } catch (error) {
      this.refused(error);
    }
  }

  /** @param {boolean} move */
  store(move) {
    const { nav_key, crm_id } = this.pair;
    return couple(this.subject.connection.name, nav_key, crm_id, { synchronize: this.wanted, move });
  }

  /** The same pair once more: only the fields are synchronized (domain S-21). */
  async again() {
    const coupling = /** @type {import("../types.js").Coupling} */ (this.subject.coupling);
    return { coupling, synchronization: await synchronize(coupling.id, { force: true }), created: false };
  }

  /** @param {Awaited<ReturnType<typeof couple>>} result */
  async finish(result) {
    if (!this.tell("coupled", result)) return;
    const { coupling, synchronization } = result;
    const url = coupling[this.partner].url;
    if (this.thenOpen && url && !synchronization?.error) {
      go(url);
      return;
    }
    await import("./coupling-done.js");
    this.stage = "done";
    this.focusOn();
  }

  /** @param {unknown} error */
  async refused(error) {
    const code = error instanceof ApiProblem ? error.code : "";
    if (error instanceof SignedOut) this.tell("coupler-signed-out");
    else if (code === "already_coupled" || code === "move_needs_consent") {
      await import("./movement.js");
      this.question = /** @type {ApiProblem} */ (error);
    } else this.problem = error;
    this.stage = "edit";
  }
}

customElements.define("coupler-set-up", SetUpCoupling);
