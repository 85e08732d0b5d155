import { html, nothing, repeat } from "../../vendor/lit.js";
import { couplePage } from "../host.js";
import { t } from "../messages.js";
import { whyBarred } from "../search.js";
import { opens } from "../subject.js";
import { LightElement } from "./light.js";

/** @typedef {import("../types.js").UserRow} UserRow */

/** The users as a table; each can be ticked where that makes sense. Tells `ticked` with the ids. */
export class UsersTable extends LightElement {
  static properties = {
    connection: { attribute: false },
    rows: { attribute: false },
    selected: { attribute: false },
    selectable: { type: Boolean },
  };

  constructor() {
    super();
    /** @type {import("../types.js").Connection} set before the first rendering */
    this.connection = /** @type {any} */ (null);
    /** @type {UserRow[]} */
    this.rows = [];
    /** @type {ReadonlySet<string>} */
    this.selected = new Set();
    this.selectable = false;
  }

  /** @param {string} id */
  toggle(id) {
    const selected = new Set(this.selected);
    if (!selected.delete(id)) selected.add(id);
    this.tell("ticked", selected);
  }

  render() {
    const columns = /** @type {const} */ (["name", "email", "phone", "isCoupled", "code", "action"]);
    return html`
      <table class="records users wide" role="table" aria-label=${t("users.title")}>
        <thead role="rowgroup">
          <tr role="row">
            ${columns.map((column) => html`<th role="columnheader" scope="col">${t(`users.${column}`)}</th>`)}
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${repeat(
            this.rows,
            ({ id }) => id,
            (row) => this.row(row),
          )}
        </tbody>
      </table>
    `;
  }

  /** @param {UserRow} row */
  row(row) {
    const name = row.name || row.id;
    const barred = whyBarred(row);
    const from = { connection: this.connection.name, from: "users" };
    return html`
      <tr role="row" class=${this.selected.has(row.id) ? "ticked" : ""}>
        <th role="rowheader" scope="row">
          ${this.selectable ? html`<input type="checkbox" aria-label=${t("bulk.select", { name })} .checked=${this.selected.has(row.id)} @change=${() => this.toggle(row.id)}>` : nothing}
          <bdi>${name}</bdi> ${barred ? html`<span class="mark">${barred}</span>` : nothing}</th>
        <td role="cell" class=${row.email ? "" : "absent"} data-label=${t("users.email")}><bdi>${row.email}</bdi></td>
        <td role="cell" class=${row.phone ? "" : "absent"} data-label=${t("users.phone")}><bdi>${row.phone}</bdi></td>
        <td role="cell" data-label=${t("users.isCoupled")}>${t(row.coupling ? "users.yes" : "users.no")}</td>
        <td role="cell" class=${row.salesperson ? "" : "absent"} data-label=${t("users.code")}>
          ${
            row.salesperson
              ? html`
                <a
                  href=${opens("crm/systemuser", row.id, this)}
                  target="_blank"
                  rel="noopener"
                  aria-label=${t("users.openSalesperson", { key: row.salesperson })}
                ><bdi>${row.salesperson}</bdi></a>
              `
              : nothing
          }
        </td>
        <td role="cell" data-label=${t("users.action")}>
          <a href=${couplePage("crm", row.id, from)} aria-label=${t("users.setUpFor", { name })}>${t("button.setUp")}</a>
        </td>
      </tr>
    `;
  }
}

customElements.define("coupler-users-table", UsersTable);
