import { html, nothing } from "../../vendor/lit.js";
import { SignedOut } from "../auth.js";
import { failure } from "../failure.js";
import { add, t } from "../messages.js";
import { connections } from "../settings.js";
import { stylesheet } from "../stylesheet.js";
import { texts as setup } from "../texts/setup.js";
import "./connection-test.js";
import { heading, LightElement } from "./light.js";
import "./mapping-view.js";
import "./waiting.js";

await Promise.all([add({ setup }), stylesheet("lists.css")]);

/** @typedef {import("../types.js").ConnectionSettings} Settings */

/** The connections with their test and their mappings. Secrets are only said to be set. */
export class SetupPage extends LightElement {
  static properties = {
    connections: { attribute: false },
    isAdmin: { type: Boolean },
    found: { state: true },
    stage: { state: true },
  };

  constructor() {
    super();
    /** Those the address means. @type {import("../types.js").Connection[]} */
    this.connections = [];
    this.isAdmin = false;
    /** @type {Settings[]} */
    this.found = [];
    /** @type {"loading" | "ready" | "problem"} */
    this.stage = "loading";
    /** @type {unknown} */
    this.problem = null;
  }

  firstUpdated() {
    document.title = t("setup.title");
    this.load();
    this.focusOn();
  }

  async load() {
    this.stage = "loading";
    try {
      const meant = new Set(this.connections.map(({ name }) => name));
      this.found = (await connections()).filter(({ name }) => meant.has(name));
      this.stage = "ready";
    } catch (error) {
      if (error instanceof SignedOut) this.tell("coupler-signed-out");
      this.problem = error;
      this.stage = "problem";
    }
  }

  render() {
    return html`
      ${heading(t("setup.title"))} ${this.isAdmin ? nothing : html`<p class="note" role="note">${t("setup.reader")}</p>`}
      ${this.content()}
    `;
  }

  content() {
    if (this.stage === "loading") return html`<coupler-waiting></coupler-waiting>`;
    if (this.stage === "problem") {
      return html`
        ${failure(t("setup.unread"), this.problem)}
        <div class="buttons start"><button @click=${this.load}>${t("button.retry")}</button></div>
      `;
    }
    if (!this.found.length) return html`<p>${t("setup.none")} ${t("setup.none.text")}</p>`;
    return this.found.map((one) => this.connection(one));
  }

  /** One stands open, several are folded. @param {Settings} one */
  connection(one) {
    const { name, title, enabled, crm, nav } = one;
    return html`
      <details class="connection" ?open=${this.found.length === 1}>
        <summary>
          <h2><bdi>${title || name}</bdi></h2>
          <strong class=${enabled ? "badge good" : "badge"}>${t(enabled ? "setup.enabled" : "setup.disabled")}</strong>
        </summary>
        <div class="systems">
          <section>
            <h3>${t("setup.nav")}</h3>
            ${facts([
              [t("setup.company"), nav.company],
              [t("setup.address"), nav.base_url],
              [t("setup.service"), nav.service_url],
              ...signIn(nav.sign_in),
            ])}
          </section>
          <section>
            <h3>${t("setup.crm")}</h3>
            ${facts([[t("setup.address"), crm.base_url], [t("setup.service"), crm.api_url], ...signIn(crm.sign_in)])}
          </section>
        </div>
        <coupler-connection-test .connection=${name} .isAdmin=${this.isAdmin}></coupler-connection-test>
        <coupler-mappings .connection=${name} .isAdmin=${this.isAdmin}></coupler-mappings>
      </details>
    `;
  }
}

/** @param {[string, string][]} pairs */
function facts(pairs) {
  return html`
    <dl class="facts">
      ${pairs.map(([term, said]) => html`<div><dt>${term}</dt><dd><bdi>${said}</bdi></dd></div>`)}
    </dl>
  `;
}

/** @param {import("../types.js").SignIn} signed @returns {[string, string][]} */
function signIn({ kind, username, client_id, secrets }) {
  const set = Object.keys(secrets).map((name) => t("setup.set", { name }));
  return [
    [t("setup.signIn"), [kind, username || client_id].filter(Boolean).join(", ")],
    [t("setup.secrets"), set.join(", ") || t("setup.unset")],
  ];
}

customElements.define("coupler-setup-page", SetupPage);
