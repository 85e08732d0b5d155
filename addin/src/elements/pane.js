import { html, nothing } from "../../vendor/lit.js";
import { SignedOut } from "../auth.js";
import { failure } from "../failure.js";
import { address, recordIds, tellHost } from "../host.js";
import { add, label, t } from "../messages.js";
import { stylesheet } from "../stylesheet.js";
import { findSubject } from "../subject.js";
import { texts as pane } from "../texts/pane.js";
import { texts as records } from "../texts/records.js";
import { texts as state } from "../texts/state.js";
import { heading, LightElement } from "./light.js";
import "./waiting.js";

await Promise.all([add({ pane, records, state }), stylesheet("beside.css")]);

/** @typedef {import("../types.js").Choice} Choice */
/** @typedef {import("../types.js").Subject} Subject */

/** The pane beside a record, from 258 px: its counterpart and the differences, or who the counterpart may be. */
export class Pane extends LightElement {
  static properties = {
    context: { attribute: false },
    connection: { attribute: false },
    mayWrite: { type: Boolean },
    stage: { state: true },
    subject: { state: true },
    notice: { state: true },
    setting: { state: true },
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
    /** @type {Subject | null} */
    this.subject = null;
    /** @type {import("../types.js").Notice | null} */
    this.notice = null;
    /** The coupling window is open, perhaps with somebody chosen. @type {{choice: Choice | null, alone: unknown} | null} */
    this.setting = null;
    /** @type {unknown} */
    this.problem = null;
    this.listen("done", (notice) => this.done(notice));
    this.listen("coupled", async (result) =>
      this.done((await import("../outcome.js")).coupledNotice(result)),
    );
    this.listen("set-up", (choice) => this.setUp(choice));
    this.listen("changed", () => this.done(null));
    this.listen("undone", () => this.done({ text: t("pane.undone") }));
    this.listen("coupler-leave", () => this.done(null));
  }

  /** What happens inside ends here: the page around knows nothing of it. @param {string} name @param {(detail: any) => void} act */
  listen(name, act) {
    this.addEventListener(name, (event) => {
      event.stopPropagation();
      event.preventDefault();
      act(/** @type {CustomEvent} */ (event).detail);
    });
  }

  firstUpdated() {
    this.load();
  }

  async load() {
    const { key } = this.context;
    if (!key) this.stage = "missing";
    else if (await this.find({ live: false })) this.stage = this.subject ? "ready" : "unknown";
  }

  /** Reads the record; what was shown stays until then. @param {{live: boolean}} how */
  async find(how) {
    try {
      const found = await findSubject(this.context, this.connection, how);
      await (found.subject?.coupling ? import("./coupled.js") : import("./uncoupled.js"));
      this.subject = found.subject;
      document.title = this.subject?.name || t("app.title");
      return found;
    } catch (error) {
      if (error instanceof SignedOut) this.tell("coupler-signed-out");
      this.problem = error;
      this.stage = "problem";
      return null;
    }
  }

  /** @param {import("../types.js").Notice | null} notice */
  async done(notice) {
    if (notice) await import("./notice.js");
    this.setting = null;
    this.notice = notice;
    await this.load();
    // The page around may show something of the pair as well.
    if (notice) tellHost("coupled", recordIds(this.context));
    this.focusOn();
  }

  /** @param {Choice | null} choice */
  async setUp(choice) {
    this.notice = null;
    const [found] = await Promise.all([this.find({ live: true }), import("./set-up-coupling.js")]);
    if (!found?.subject) return;
    this.setting = { choice, alone: found.comparison };
    await this.focusOn(choice ? "coupler-set-up h1" : "coupler-set-up input[role=combobox]");
    const box = this.querySelector("coupler-combobox");
    if (!choice) /** @type {import("./combobox.js").Combobox | null} */ (box)?.show();
  }

  render() {
    switch (this.stage) {
      case "loading":
        return html`<coupler-waiting .system=${this.context.system === "nav" ? "nav" : "crm"}></coupler-waiting>`;
      case "missing":
        return html`${heading(t("record.missing"))}<p>${t("record.missing.text")}</p>`;
      case "unknown":
        return this.unknown();
      case "problem":
        return html`
          ${heading(t("app.title"))}
          ${failure(t("pane.unreadable"), this.problem)}
          <div class="buttons"><button @click=${this.load}>${t("button.retry")}</button></div>
        `;
      default:
        return this.record(/** @type {Subject} */ (this.subject));
    }
  }

  unknown() {
    const { system, key } = this.context;
    const text = t(`record.unknown.${system}`, { key, company: this.connection.nav_company });
    return html`${heading(t("record.unknown"))}<p class="note bad" role="alert">${text}</p>`;
  }

  /** @param {Subject} subject */
  record(subject) {
    if (this.setting) return this.window(subject, this.setting);
    const { system, key, name } = subject;
    return html`
      <p class="kicker">${t(`side.${system}`)} · <bdi>${this.connection.title || this.connection.nav_company}</bdi></p>
      ${heading(label(system, key, name))}
      <coupler-notice .notice=${this.notice}></coupler-notice>
      ${
        subject.coupling
          ? html`<coupler-coupled .subject=${subject} .mayWrite=${this.mayWrite}></coupler-coupled>`
          : html`<coupler-uncoupled .subject=${subject} .mayWrite=${this.mayWrite}></coupler-uncoupled>`
      }
      ${this.mayWrite ? nothing : html`<p class="note" role="note">${t("role.reader")}</p>`}
      <nav class="ways">
        ${this.way("users", t("pane.users"))} ${this.way("jobs", t("pane.errors"))}
      </nav>
    `;
  }

  /** @param {string} page @param {string} text */
  way(page, text) {
    const { lcid } = /** @type {{lcid?: string}} */ (this.context);
    const href = address(page, { connection: this.connection.name, lcid });
    return html`<a href=${href} target="_blank" rel="noopener">${text}<span class="visually-hidden"> (${t("opens.tab")})</span></a>`;
  }

  /** @param {Subject} subject @param {{choice: Choice | null, alone: unknown}} setting */
  window(subject, { choice, alone }) {
    return html`
      <coupler-set-up
        .subject=${subject}
        .alone=${alone}
        .wish=${choice}
        .mayWrite=${this.mayWrite}
      ></coupler-set-up>
    `;
  }
}

customElements.define("coupler-pane", Pane);
