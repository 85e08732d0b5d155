import { html } from "../../vendor/lit.js";
import { t } from "../messages.js";
import { opens } from "../search.js";

/**
 * What a move means, for the question: why it is asked, and a link to the partner the coupling is taken from.
 * @param {import("../api.js").ApiProblem} question
 * @param {import("../types.js").Subject} subject
 * @param {{nav_key: string, crm_id: string}} pair
 */
export function movement({ code, message }, subject, pair) {
  const held = code === "already_coupled";
  const href = held
    ? opens("crm/systemuser", pair.crm_id, subject)
    : opens("nav/salesperson", pair.nav_key, subject);
  return html`
    <p>${message}</p>
    <p>
      <a href=${href} target="_blank" rel="noopener">${t(held ? "move.openSalesperson" : "move.openUser")}</a>
    </p>
    <p>${t("move.text")}</p>
  `;
}
