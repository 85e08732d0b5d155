import { html, nothing } from "../../vendor/lit.js";
import { labels, t } from "../messages.js";
import "./ask.js";
import { LightElement } from "./light.js";

/** Asks for a move: why it is asked, and a link to the record that gives way (N-07). Tells `answer`. */
export class Movement extends LightElement {
  static properties = { question: { attribute: false } };

  constructor() {
    super();
    /** already_coupled or move_needs_consent @type {import("../api.js").ApiProblem} set before the first rendering */
    this.question = /** @type {any} */ (null);
  }

  render() {
    const { code, message, body } = this.question;
    const side = code === "already_coupled" ? "nav" : "crm";
    const url = body.other?.[side].url;
    const text = html`
      <p>${message}</p>
      ${
        body.other && url
          ? html`<p><a href=${url} target="_blank" rel="noopener">${t("setUp.takenOpen", { taken: labels(body.other)[side] })}</a></p>`
          : nothing
      }
      <p>${t("move.text")}</p>
    `;
    return html`<coupler-ask .question=${t("move.title")} .yes=${t("button.move")} .body=${text}></coupler-ask>`;
  }
}

customElements.define("coupler-movement", Movement);
