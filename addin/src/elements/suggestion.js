import { html, nothing } from "../../vendor/lit.js";
import { counted, has, label, t } from "../messages.js";
import { opens } from "../subject.js";
import { LightElement } from "./light.js";

/** One possible counterpart with the reasons. Tells `couple` where it is exact, else `compare`; a taken one only links. */
export class Suggestion extends LightElement {
  static properties = {
    suggestion: { attribute: false },
    connection: { attribute: false },
    disabled: { type: Boolean },
  };

  constructor() {
    super();
    /** @type {import("../types.js").Suggestion} set before the first rendering */
    this.suggestion = /** @type {any} */ (null);
    /** @type {import("../types.js").Connection} set before the first rendering */
    this.connection = /** @type {any} */ (null);
    this.disabled = false;
  }

  get name() {
    const { key, id, name } = this.suggestion;
    return key ? label("nav", key, name) : label("crm", id ?? "", name);
  }

  render() {
    const { email, phone, reasons } = this.suggestion;
    return html`
      <div class="who">
        <bdi class="name">${this.name}</bdi>
        ${email || phone ? html`<bdi class="quiet">${email || phone}</bdi>` : nothing}
        <span class="reasons">${reasons.map((reason) => this.reason(reason))}</span>
      </div>
      ${this.action()}
    `;
  }

  /** @param {import("../types.js").Suggestion["reasons"][number]} reason */
  reason({ code, text, percent, other_users, other_salespeople }) {
    const id = `reason.${code}`;
    if (!has(id)) return html`<span class="tag" lang="en">${text}</span>`;
    const others = other_users + other_salespeople;
    const shared = others ? ` · ${counted("reason.shared", others)}` : "";
    return html`<span class="tag">${t(id, { percent: percent ?? 0 })}${shared}</span>`;
  }

  action() {
    const { name } = this;
    const { taken, exact } = this.suggestion;
    if (taken) return this.link(taken);
    return exact
      ? html`<button class="call" aria-label=${t("match.coupleWith", { name })} ?disabled=${this.disabled} @click=${() => this.tell("couple")}>${t("match.couple")}</button>`
      : html`<button aria-label=${t("match.chooseWith", { name })} ?disabled=${this.disabled} @click=${() => this.tell("compare")}>${t("match.choose")}</button>`;
  }

  /** What the suggestion is coupled to, as a link that opens that record. @param {import("../types.js").Taken} taken */
  link({ id, key, name, url }) {
    const own = this.suggestion;
    const who = key ? label("nav", key, name) : label("crm", id ?? "", name);
    const href =
      url || (own.id ? opens("crm/systemuser", own.id, this) : opens("nav/salesperson", own.key ?? "", this));
    return html`<a class="state" href=${href} target="_blank" rel="noopener">${t("match.taken", { name: who })}</a>`;
  }
}

customElements.define("coupler-suggestion", Suggestion);
