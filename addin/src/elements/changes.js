import { html } from "../../vendor/lit.js";
import { fieldName, t } from "../messages.js";
import { LightElement } from "./light.js";

/** Before and after of each field that a synchronization changes or has changed. */
export class Changes extends LightElement {
  static properties = { changes: { attribute: false } };

  constructor() {
    super();
    /** @type {import("../types.js").Change[]} */
    this.changes = [];
  }

  render() {
    return html`
      <table class="records" role="table">
        <caption class="visually-hidden">${t("changes.caption")}</caption>
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">${t("changes.field")}</th>
            <th role="columnheader" scope="col">${t("changes.before")}</th>
            <th role="columnheader" scope="col">${t("changes.after")}</th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${this.changes.map(
            ({ field, before, after }) => html`
              <tr role="row">
                <th role="rowheader" scope="row">${fieldName(field)}</th>
                <td role="cell" data-label=${t("changes.before")}>${value(before)}</td>
                <td role="cell" data-label=${t("changes.after")} class="new">${value(after)}</td>
              </tr>
            `,
          )}
        </tbody>
      </table>
    `;
  }
}

/** A value as text of its own direction; blank ones say so. @param {string | null} text */
export function value(text) {
  return text?.trim() ? html`<bdi>${text}</bdi>` : html`<span class="blank">${t("compare.blank")}</span>`;
}

customElements.define("coupler-changes", Changes);
