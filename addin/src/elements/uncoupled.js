import { html, nothing } from "../../vendor/lit.js";
import { ApiProblem } from "../api.js";
import { SignedOut } from "../auth.js";
import { failure } from "../failure.js";
import { counted, label, t } from "../messages.js";
import { couple, reject, suggestAgain, suggestions } from "../pairs.js";
import { pairOf } from "../subject.js";
import { LightElement } from "./light.js";
import "./suggestion.js";
import "./waiting.js";

/** @typedef {import("../types.js").Suggestion} Suggestion */

const SHOWN = 3;
const AGAIN_AFTER = 3000;

/**
 * A record without coupling: who its counterpart may be and why. Nothing is chosen beforehand; one click couples
 * only what is exact. Tells `coupled` with the answer, `set-up` with whom to compare.
 */
export class Uncoupled extends LightElement {
  static properties = {
    subject: { attribute: false },
    mayWrite: { type: Boolean },
    found: { state: true },
    stage: { state: true },
  };

  constructor() {
    super();
    /** @type {import("../types.js").Subject} set before the first rendering */
    this.subject = /** @type {any} */ (null);
    this.mayWrite = false;
    /** @type {Suggestion[]} */
    this.found = [];
    /** What the server left out. @type {Record<string, number>} */
    this.counts = {};
    /** The list of users is read for the first time. */
    this.isReading = false;
    /** @type {"searching" | "found" | "unread" | "working" | "failed"} */
    this.stage = "searching";
    /** @type {unknown} */
    this.problem = null;
    /** @type {AbortController | null} */
    this.running = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  /** @param {import("../../vendor/lit.js").PropertyValues<this>} changed */
  willUpdate(changed) {
    if (changed.has("subject")) this.find();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    clearTimeout(this.timer);
    this.running?.abort();
  }

  async find() {
    this.running?.abort();
    const running = new AbortController();
    this.running = running;
    this.stage = "searching";
    const { connection, system, key } = this.subject;
    const { signal } = running;
    try {
      const { rows, counts } = await suggestions(connection.name, pairOf(system, key), { signal });
      if (signal.aborted) return;
      this.found = rows;
      this.counts = counts;
      this.stage = "found";
    } catch (error) {
      if (signal.aborted) return;
      this.isReading = error instanceof ApiProblem && error.code === "still_reading";
      if (this.isReading) this.timer = setTimeout(() => this.find(), AGAIN_AFTER);
      else this.fail("unread", error);
      this.requestUpdate();
    }
  }

  /** @param {"unread" | "failed"} stage @param {unknown} error */
  fail(stage, error) {
    if (error instanceof SignedOut) this.tell("coupler-signed-out");
    this.problem = error;
    this.stage = stage;
  }

  /** @param {Suggestion} suggestion */
  async couple(suggestion) {
    this.stage = "working";
    const { nav_key, crm_id } = this.pair(suggestion);
    const how = /** @type {const} */ ({ synchronize: "use_crm_data", move: false });
    try {
      this.tell("coupled", await couple(this.subject.connection.name, nav_key, crm_id, how));
    } catch (error) {
      this.fail("failed", error);
    }
  }

  /** The suggestion with the own record, as the API names a pair. @param {Suggestion} suggestion */
  pair({ id, key }) {
    const own = this.subject.key;
    return key ? { nav_key: key, crm_id: own } : { nav_key: own, crm_id: id ?? "" };
  }

  async refuse() {
    this.stage = "working";
    const connection = this.subject.connection.name;
    const pairs = this.found.filter(({ taken }) => !taken).map((one) => this.pair(one));
    try {
      await reject(connection, pairs);
      const undo = async () => {
        for (const pair of pairs) await suggestAgain(connection, pair);
      };
      this.tell("done", { text: t("match.refused"), undo });
    } catch (error) {
      this.fail("failed", error);
    }
  }

  /** Opens the coupling window with that one, to compare before anything is stored. @param {Suggestion} suggestion */
  compare({ id, key, name, email }) {
    const name_ = key ? label("nav", key, name) : (name ?? "");
    this.tell("set-up", { key: key ?? id, name: name_, note: email ?? "" });
  }

  render() {
    const { system } = this.subject;
    return html`
      <p class="condition"><strong class="badge">${t("uncoupled.title")}</strong></p>
      ${this.stage === "searching" ? this.searching() : this.list()}
      <div class="buttons start">
        <button ?disabled=${!this.mayWrite} @click=${() => this.tell("set-up", null)}>${t(`match.other.${system}`)}</button>
        ${
          this.stage === "found" && this.found.some(({ taken }) => !taken)
            ? html`<button class="plain" ?disabled=${!this.mayWrite} @click=${this.refuse}>${t("match.refuse")}</button>`
            : nothing
        }
        ${this.stage === "working" ? html`<coupler-waiting .system=${"nav"} .text=${t("setUp.working")}></coupler-waiting>` : nothing}
      </div>
    `;
  }

  searching() {
    if (this.isReading) return html`<p class="note" role="status">${t("match.reading")}</p>`;
    const text = t(`match.searching.${this.subject.system}`);
    return html`<coupler-waiting .system=${"crm"} .text=${text}></coupler-waiting>`;
  }

  /** Why nobody is suggested. */
  get none() {
    const { no_email = 0, excluded_matches = 0 } = this.counts;
    return [
      t(`match.none.${this.subject.system}`),
      excluded_matches ? counted("match.excluded", excluded_matches) : "",
      no_email ? counted("match.noEmail", no_email) : "",
    ].join(" ");
  }

  list() {
    if (this.stage === "unread") {
      return html`
        ${failure(t("match.failed"), this.problem)}
        <div class="buttons start"><button @click=${this.find}>${t("button.retry")}</button></div>
      `;
    }
    const free = this.found.filter(({ taken }) => !taken);
    const more = this.found.length - SHOWN;
    return html`
      <section aria-labelledby=${this.uid}>
        <h2 id=${this.uid}>${t("match.title")}</h2>
        <div role="status">
          ${this.found.length ? nothing : html`<p>${this.none}</p>`}
          ${free.length > 1 && !free.some(({ exact }) => exact) ? html`<p class="hint">${t("match.ambiguous")}</p>` : nothing}
        </div>
        <ul class="suggestions">
          ${this.found.slice(0, SHOWN).map((one) => this.row(one))}
        </ul>
        ${more > 0 ? html`<p class="hint">${counted("match.more", more)}</p>` : nothing}
      </section>
      ${this.stage === "failed" ? failure(t("setUp.failed"), this.problem) : nothing}
    `;
  }

  /** @param {Suggestion} suggestion */
  row(suggestion) {
    return html`
      <li>
        <coupler-suggestion
          .suggestion=${suggestion}
          .connection=${this.subject.connection}
          .disabled=${!this.mayWrite || this.stage === "working"}
          @couple=${() => this.couple(suggestion)}
          @compare=${() => this.compare(suggestion)}
        ></coupler-suggestion>
      </li>
    `;
  }
}

customElements.define("coupler-uncoupled", Uncoupled);
