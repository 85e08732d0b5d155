import { html } from "../../vendor/lit.js";
import { session } from "../api.js";
import { SignedOut, signIn } from "../auth.js";
import { connectionsFor, leave, readContext, withConnection } from "../host.js";
import { t } from "../messages.js";
import "./coupling-page.js";
import { heading, LightElement } from "./light.js";
import "./problem.js";
import "./users-page.js";
import "./waiting.js";

/** @typedef {import("../types.js").Connection} Connection */

/** The frame of every page: who is signed in, which connection, then the page the address names. */
export class App extends LightElement {
  static properties = { stage: { state: true } };

  constructor() {
    super();
    this.context = readContext(new URL(location.href));
    /** @type {"loading" | "signedOut" | "problem" | "choose" | "none" | "page" | "left"} */
    this.stage = "loading";
    /** @type {unknown} */
    this.problem = null;
    /** @type {Connection[]} */
    this.connections = [];
    this.mayWrite = true;
    this.addEventListener("coupler-leave", () => this.leave());
    this.addEventListener("coupler-signed-out", () => this.enter("signedOut"));
  }

  connectedCallback() {
    super.connectedCallback();
    if (this.context.page === "signed-out") this.enter("signedOut");
    else this.load();
  }

  async load() {
    this.stage = "loading";
    try {
      const { roles, connections } = await session();
      this.mayWrite = mayWrite(roles);
      this.connections = connectionsFor(connections, this.context);
      if (this.connections.length === 1) this.stage = "page";
      else this.enter(this.connections.length ? "choose" : "none");
    } catch (error) {
      this.problem = error;
      this.enter(error instanceof SignedOut ? "signedOut" : "problem");
    }
  }

  /** @param {App["stage"]} stage */
  enter(stage) {
    this.stage = stage;
    this.focusOn();
  }

  leave() {
    leave(this.context, this.connections[0]?.name);
    this.enter("left");
  }

  render() {
    return html`<main class="window">${this.content()}</main>`;
  }

  content() {
    switch (this.stage) {
      case "loading":
        return html`<coupler-waiting></coupler-waiting>`;
      case "signedOut":
        return html`
          ${heading(t("signedOut.title"))}
          <p>${t("signedOut.text")}</p>
          <div class="buttons"><button class="primary" @click=${signIn}>${t("button.signIn")}</button></div>
        `;
      case "problem":
        return html`
          ${heading(t("app.title"))}
          <coupler-problem .what=${t("problem.load")} .problem=${this.problem}></coupler-problem>
          <div class="buttons"><button @click=${this.load}>${t("button.retry")}</button></div>
        `;
      case "choose":
        return this.chooser();
      case "none":
        return html`${heading(t("connection.none"))}<p>${t("connection.none.text")}</p>`;
      case "left":
        return html`${heading(t("left.title"))}<p>${t("left.text")}</p>`;
      default:
        return this.page();
    }
  }

  chooser() {
    return html`
      ${heading(t("connection.title"))}
      <p>${t("connection.text")}</p>
      <ul class="choices">
        ${this.connections.map(
          ({ name, title, nav_company }) => html`
            <li><a href=${withConnection(name)}><strong>${title || name}</strong> <bdi>${nav_company}</bdi></a></li>
          `,
        )}
      </ul>
    `;
  }

  page() {
    const [connection] = this.connections;
    return this.context.page === "users"
      ? html`<coupler-users-page .connection=${connection}></coupler-users-page>`
      : html`
          <coupler-coupling-page .context=${this.context} .connection=${connection} .mayWrite=${this.mayWrite}>
          </coupler-coupling-page>
        `;
  }
}

/** Reader is the only role that may not write; `Coupler.Operator` and `operator` are the same. @param {string[]} roles */
function mayWrite(roles) {
  return roles.some((role) => /(^|\.)(operator|admin)$/i.test(role));
}

customElements.define("coupler-app", App);
