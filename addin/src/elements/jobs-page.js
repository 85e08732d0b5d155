import { html, nothing } from "../../vendor/lit.js";
import { add, t } from "../messages.js";
import { stylesheet } from "../stylesheet.js";
import { texts as jobs } from "../texts/jobs.js";
import { texts as records } from "../texts/records.js";
import { texts as state } from "../texts/state.js";
import "./failed-couplings.js";
import "./history-list.js";
import { heading, LightElement } from "./light.js";

await Promise.all([add({ jobs, records, state }), stylesheet("lists.css")]);

/** What failed and what was done: of one connection, or of all that the person may see. */
export class JobsPage extends LightElement {
  static properties = { connections: { attribute: false }, mayWrite: { type: Boolean } };

  constructor() {
    super();
    /** @type {import("../types.js").Connection[]} */
    this.connections = [];
    this.mayWrite = false;
  }

  firstUpdated() {
    document.title = t("jobs.title");
    this.focusOn();
  }

  /** The one connection this is about, empty for all. */
  get connection() {
    return this.connections.length === 1 ? (this.connections[0]?.name ?? "") : "";
  }

  render() {
    if (!this.connections.length) {
      return html`${heading(t("connection.none"))}<p>${t("connection.none.text")}</p>`;
    }
    const [{ title } = { title: "" }] = this.connections;
    return html`
      ${heading(t("jobs.title"))}
      ${this.connection ? html`<p class="kicker"><bdi>${title}</bdi></p>` : nothing}
      <coupler-failed-couplings
        .connection=${this.connection}
        .mayWrite=${this.mayWrite}
        @retried=${() => this.renew("coupler-history")}
      ></coupler-failed-couplings>
      <coupler-history
        .heading=${t("jobs.history")}
        .connection=${this.connection}
        .mayWrite=${this.mayWrite}
        @undone=${() => this.renew("coupler-failed-couplings")}
      ></coupler-history>
    `;
  }

  /** Reads a part again after the other changed something. @param {"coupler-history" | "coupler-failed-couplings"} name */
  renew(name) {
    const part = this.querySelector(name);
    /** @type {import("./failed-couplings.js").FailedCouplings | null} */ (part)?.load();
  }
}

customElements.define("coupler-jobs-page", JobsPage);
