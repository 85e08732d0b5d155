import { html, nothing } from "../../vendor/lit.js";
import { labels, t } from "../messages.js";

/**
 * What a move means, for the question: why it is asked, and a link to the record that gives way.
 * @param {import("../api.js").ApiProblem} question already_coupled or move_needs_consent
 */
export function movement({ code, message, body }) {
  const side = code === "already_coupled" ? "nav" : "crm";
  const url = body.other?.[side].url;
  return html`
    <p>${message}</p>
    ${
      body.other && url
        ? html`
            <p>
              <a href=${url} target="_blank" rel="noopener">${t("setUp.takenOpen", { taken: labels(body.other)[side] })}</a>
            </p>
          `
        : nothing
    }
    <p>${t("move.text")}</p>
  `;
}
