import { html, nothing } from "../../vendor/lit.js";
import { counted, fieldName, t } from "../messages.js";
import { value } from "./changes.js";
import { LightElement } from "./light.js";
import "./waiting.js";

/** @typedef {import("../types.js").ComparisonRow} Row */

/** The FastTab Coupled Records: both sides, differences marked and counted (domain S-12 to S-15). */
export class CoupledRecords extends LightElement {
  static properties = {
    comparison: { attribute: false },
    missing: { type: String },
    busy: { type: Boolean },
    only: { state: true },
  };

  constructor() {
    super();
    /** @type {import("../types.js").Comparison | null} */
    this.comparison = null;
    /** The side that has no record yet. @type {"" | "nav" | "crm"} */
    this.missing = "";
    /** The other record is being read. */
    this.busy = false;
    /** Only what differs is shown. */
    this.only = false;
  }

  render() {
    const every = this.comparison?.rows ?? [];
    const some = this.differing > 0 && this.differing < every.length;
    const rows = some && this.only ? every.filter(({ differs }) => differs) : every;
    return html`
      <section aria-labelledby=${this.uid}>
        <div class="fasttab">
          <h2 id=${this.uid}>${t("compare.title")}</h2>
          ${this.busy ? html`<coupler-waiting .system=${"crm"} .text=${t("compare.reading")}></coupler-waiting>` : nothing}
          <p class=${this.differing ? "count differing" : "count"} role="status">${this.summary}</p>
        </div>
        ${some ? this.filter() : nothing} ${rows.length ? this.table(rows) : nothing}
      </section>
    `;
  }

  filter() {
    return html`
      <label class="radio">
        <input
          type="checkbox"
          .checked=${this.only}
          @change=${() => {
            this.only = !this.only;
          }}
        >
        ${t("compare.only")}
      </label>
    `;
  }

  get differing() {
    return this.missing ? 0 : (this.comparison?.differing ?? 0);
  }

  get summary() {
    if (!this.comparison || this.busy) return "";
    if (this.missing) return t(`compare.unchosen.${this.missing}`);
    const count = this.comparison.rows.length;
    return this.differing
      ? t("compare.count", { differing: this.differing, count })
      : t("compare.equal", { count });
  }

  /** @param {Row[]} rows */
  table(rows) {
    return html`
      <table class="records" role="table" aria-labelledby=${this.uid}>
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">${t("compare.field")}</th>
            <th role="columnheader" scope="col">${t("compare.nav")}</th>
            <th role="columnheader" scope="col">${t("compare.crm")}</th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${rows.map((row) => this.row(row))}
        </tbody>
      </table>
    `;
  }

  /** @param {"nav" | "crm"} side */
  absent(side) {
    return this.missing === side ? "absent" : "";
  }

  /** @param {Row} row */
  row(row) {
    const differs = row.differs && !this.missing;
    return html`
      <tr role="row" class=${differs ? "differs" : ""}>
        <th role="rowheader" scope="row">
          ${fieldName(row.nav_field || row.field)}
          ${differs ? html`<span class="mark">${t("compare.differs")}</span>` : nothing}
        </th>
        <td role="cell" class=${this.absent("nav")} data-label=${t("compare.short.nav")}>
          ${this.missing === "nav" ? nothing : value(row.nav_value)}
        </td>
        <td role="cell" class=${this.absent("crm")} data-label=${t("compare.short.crm")}>
          ${this.missing === "crm" ? nothing : value(row.crm_value)}
          ${this.missing ? nothing : notes(row).map((note) => html`<span class="warning">${note}</span>`)}
        </td>
      </tr>
    `;
  }
}

/** What a synchronization would do that is not plain copying. @param {Row} row */
function notes(row) {
  const found = [];
  if (row.cut > 0) found.push(counted(row.differs ? "compare.cut" : "compare.isCut", row.cut));
  if (row.blanks) found.push(t("compare.blanks"));
  else if (row.kept) found.push(t("compare.kept"));
  return found;
}

customElements.define("coupler-coupled-records", CoupledRecords);
