import { html, live, nothing } from "../../vendor/lit.js";
import { SignedOut } from "../auth.js";
import { failure } from "../failure.js";
import { isForeign } from "../language.js";
import { has, t } from "../messages.js";
import { changeMapping, mappings } from "../settings.js";
import { LightElement } from "./light.js";
import "./waiting.js";

/** @typedef {import("../types.js").Mapping} Mapping */
/** @typedef {import("../types.js").FieldMapping} Field */

const RULES = /** @type {const} */ ({ blank: ["keep", "clear"], truncation: ["cut", "refuse"] });

/** What is mapped and by which rules; an administrator changes a rule where it stands, and it is stored at once. */
export class Mappings extends LightElement {
  static properties = {
    connection: { type: String },
    isAdmin: { type: Boolean },
    found: { state: true },
    stage: { state: true },
    said: { state: true },
  };

  constructor() {
    super();
    this.connection = "";
    this.isAdmin = false;
    /** @type {Mapping[]} */
    this.found = [];
    /** @type {"loading" | "ready" | "saving" | "problem"} */
    this.stage = "loading";
    this.said = "";
    /** @type {{what: string, error: unknown} | null} */
    this.problem = null;
  }

  firstUpdated() {
    this.load();
  }

  async load() {
    await this.attempt("loading", t("mapping.unread"), async () => {
      this.found = await mappings(this.connection);
    });
  }

  /** @param {"loading" | "saving"} during @param {string} what failed @param {() => Promise<void>} work */
  async attempt(during, what, work) {
    this.stage = during;
    this.said = "";
    try {
      await work();
      this.problem = null;
      this.stage = "ready";
    } catch (error) {
      if (error instanceof SignedOut) this.tell("coupler-signed-out");
      this.problem = { what, error };
      this.stage = "problem";
    }
  }

  /** @param {Mapping} mapping @param {Parameters<typeof changeMapping>[2]} change */
  change(mapping, change) {
    return this.attempt("saving", t("mapping.notSaved"), async () => {
      const stored = await changeMapping(this.connection, mapping, change);
      this.found = this.found.map((one) => (one.name === stored.name ? stored : one));
      this.said = t("mapping.saved");
    });
  }

  render() {
    return html`
      ${this.stage === "loading" ? html`<coupler-waiting></coupler-waiting>` : nothing}
      ${this.found.map((mapping) => this.mapping(mapping))}
      ${
        this.problem
          ? html`
              ${failure(this.problem.what, this.problem.error)}
              <div class="buttons start"><button @click=${this.load}>${t("button.retry")}</button></div>
            `
          : nothing
      }
    `;
  }

  get locked() {
    return !this.isAdmin || this.stage !== "ready";
  }

  /** @param {Mapping} mapping */
  mapping(mapping) {
    const { name, enabled, direction, nav, crm, filter } = mapping;
    const id = `${this.uid}-${name}`;
    const way = `mapping.${direction}`;
    return html`
      <section aria-labelledby=${id}>
        <div class="fasttab">
          <h3 id=${id}>${t("mapping.title")}: ${name}</h3>
          <p class="count" role="status">${this.said}</p>
        </div>
        <dl class="facts">
          <div><dt>${t("mapping.direction")}</dt><dd>${t("mapping.table", { nav: nav.caption, crm: crm.caption })}, ${has(way) ? t(way) : direction}</dd></div>
        </dl>
        ${filter.length ? html`<p class="hint">${t("mapping.filter", { filter: filter.map(condition).join(", ") })}</p>` : nothing}
        <label class="radio">
          <input
            type="checkbox"
            .checked=${live(enabled)}
            ?disabled=${this.locked}
            @change=${() => this.change(mapping, { enabled: !enabled })}
          >
          ${t("mapping.enabled")}
        </label>
        ${this.table(mapping)}
      </section>
    `;
  }

  /** @param {Mapping} mapping */
  table(mapping) {
    const columns = /** @type {const} */ (["navField", "crmField", "blank", "truncation", "on"]);
    return html`
      <table class="records wide" role="table" aria-label=${t("mapping.fields")}>
        <thead role="rowgroup">
          <tr role="row">
            ${columns.map((column) => html`<th role="columnheader" scope="col">${t(`mapping.${column}`)}</th>`)}
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${mapping.fields.map((field) => this.row(mapping, field))}
        </tbody>
      </table>
    `;
  }

  /** @param {Mapping} mapping @param {Field} field */
  row(mapping, field) {
    const { nav_field, crm_field, enabled } = field;
    const change = (/** @type {Partial<Field>} */ rule) =>
      this.change(mapping, { fields: [{ nav_field, ...rule }] });
    return html`
      <tr role="row">
        <th role="rowheader" scope="row" lang=${isForeign() ? "en" : nothing}>${nav_field}</th>
        <td role="cell" data-label=${t("mapping.crmField")} lang=${isForeign() ? "en" : nothing}>${crm_field}</td>
        <td role="cell" data-label=${t("mapping.blank")}>${this.rule("blank", field, change)}</td>
        <td role="cell" data-label=${t("mapping.truncation")}>${this.rule("truncation", field, change)}</td>
        <td role="cell" data-label=${t("mapping.on")}>
          <input
            type="checkbox"
            aria-label=${t("mapping.onOf", { field: nav_field })}
            .checked=${live(enabled)}
            ?disabled=${this.locked}
            @change=${() => change({ enabled: !enabled })}
          >
        </td>
      </tr>
    `;
  }

  /** @param {"blank" | "truncation"} rule @param {Field} field @param {(rule: Partial<Field>) => void} change */
  rule(rule, field, change) {
    const choose = (/** @type {Event} */ event) =>
      change({ [rule]: /** @type {HTMLSelectElement} */ (event.target).value });
    return html`
      <select aria-label=${t(`mapping.${rule}Of`, { field: field.nav_field })} ?disabled=${this.locked} @change=${choose}>
        ${RULES[rule].map(
          (value) =>
            html`<option value=${value} .selected=${live(field[rule] === value)}>${this.ruleText(rule, value)}</option>`,
        )}
      </select>
    `;
  }

  /** @param {"blank" | "truncation"} rule @param {string} value */
  ruleText(rule, value) {
    const id = `mapping.${rule}.${value}`;
    return has(id) ? t(id) : value;
  }
}

/** @param {Mapping["filter"][number]} condition */
function condition({ field, equals }) {
  return `${field} = ${equals}`;
}

customElements.define("coupler-mappings", Mappings);
