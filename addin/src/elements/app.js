import { html } from "../../vendor/lit.js";
import { session } from "../api.js";
import { SignedOut, signIn } from "../auth.js";
import { failure } from "../failure.js";
import { connectionsFor, isFramed, leave, readContext, withConnection } from "../host.js";
import { t } from "../messages.js";
import { heading, LightElement } from "./light.js";
import "./waiting.js";

/** @typedef {import("../types.js").Connection} Connection */
/** @typedef {"couple" | "pane" | "users" | "jobs" | "setup"} Page */

/** What each page is made of; only the one the address names is loaded. @type {Record<Page, () => Promise<unknown>>} */
const PAGES = {
  couple: () => import("./coupling-page.js"),
  pane: () => import("./pane.js"),
  users: () => import("./users-page.js"),
  jobs: () => import("./jobs-page.js"),
  setup: () => import("./setup-page.js"),
};

/** The frame of every page: language, who is signed in, which connection, then the page the address names. */
export class App extends LightElement {
  static properties = { stage: { state: true } };

  constructor() {
    super();
    const address = new URL(location.href);
    this.context = readContext(address);
    this.page = pageOf(address);
    /** @type {"loading" | "signedOut" | "problem" | "choose" | "none" | "page" | "left"} */
    this.stage = "loading";
    /** @type {unknown} */
    this.problem = null;
    /** @type {Connection[]} */
    this.connections = [];
    this.mayWrite = this.isAdmin = false;
    this.addEventListener("coupler-leave", () => this.leave());
    this.addEventListener("coupler-signed-out", () => this.enter("signedOut"));
    this.addEventListener("coupler-signed-in", () => this.load());
  }

  connectedCallback() {
    // What the shell says for the case that nothing of this starts.
    this.replaceChildren();
    super.connectedCallback();
    this.load();
    if (isFramed) this.followHost();
  }

  async followHost() {
    const { talkWithHost } = await import("../framed.js");
    talkWithHost((context) => this.moveTo(context));
  }

  /** The host shows another record now. @param {import("../types.js").HostContext} context */
  moveTo(context) {
    const { system, key, company, org } = this.context;
    const isSame = context.system === system && context.key === key;
    if (this.page !== "pane" || (isSame && context.company === company && context.org === org)) return;
    // A choice between connections holds for the next record of the same company as well.
    const connection = context.connection || (context.company === company ? this.context.connection : "");
    this.context = { ...context, connection };
    if (this.stage !== "signedOut") this.load();
  }

  async load() {
    this.stage = "loading";
    try {
      if (this.context.page === "signed-out") throw new SignedOut();
      // The elements of the page are on their way while the API is asked.
      const [{ roles, connections }] = await Promise.all([session(), PAGES[this.page]()]);
      this.mayWrite = roles.some((role) => /(^|\.)(operator|admin)$/i.test(role));
      this.isAdmin = roles.some((role) => /(^|\.)admin$/i.test(role));
      this.connections = connectionsFor(connections, this.context);
      if (this.connections.length === 1 || this.isGeneral) this.stage = "page";
      else this.enter(this.connections.length ? "choose" : "none");
    } catch (error) {
      this.problem = error;
      this.enter(error instanceof SignedOut ? "signedOut" : "problem");
    }
  }

  /** Pages that are about all connections unless the address names one. */
  get isGeneral() {
    return this.page === "jobs" || this.page === "setup";
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
    return html`<main class=${`window ${this.page}`}>${this.content()}</main>`;
  }

  content() {
    switch (this.stage) {
      case "loading":
        return html`<coupler-waiting></coupler-waiting>`;
      case "signedOut":
        if (isFramed && this.context.page !== "signed-out") return this.frameSignIn();
        return html`
          ${heading(t("signedOut.title"))}
          <p>${t("signedOut.text")}</p>
          <div class="buttons"><button class="primary" @click=${signIn}>${t("button.signIn")}</button></div>
        `;
      case "problem":
        return html`
          ${heading(t("app.title"))}
          ${failure(t("problem.load"), this.problem)}
          <div class="buttons"><button @click=${this.load}>${t("button.retry")}</button></div>
        `;
      case "choose":
        return this.chooser();
      case "none":
        return html`${heading(t("connection.none"))}<p>${t("connection.none.text")}</p>`;
      case "left":
        return html`${heading(t("left.title"))}<p>${t("left.text")}</p>`;
      default:
        return this.shown();
    }
  }

  frameSignIn() {
    import("./sign-in.js");
    return html`<coupler-sign-in .context=${this.context}></coupler-sign-in>`;
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

  shown() {
    const { context, connections, mayWrite } = this;
    const [connection] = connections;
    switch (this.page) {
      case "pane":
        return html`
          <coupler-pane .context=${context} .connection=${connection} .mayWrite=${mayWrite}></coupler-pane>
        `;
      case "users":
        return html`<coupler-users-page .connection=${connection} .mayWrite=${mayWrite}></coupler-users-page>`;
      case "jobs":
        return html`<coupler-jobs-page .connections=${connections} .mayWrite=${mayWrite}></coupler-jobs-page>`;
      case "setup":
        return html`<coupler-setup-page .connections=${connections} .isAdmin=${this.isAdmin}></coupler-setup-page>`;
      default:
        return html`
          <coupler-coupling-page .context=${context} .connection=${connection} .mayWrite=${mayWrite}>
          </coupler-coupling-page>
        `;
    }
  }
}

/** The page an address names by its last part. @param {URL} address @returns {Page} */
function pageOf(address) {
  const last = address.pathname.split("/").filter(Boolean).pop() ?? "";
  return last in PAGES ? /** @type {Page} */ (last) : "couple";
}

customElements.define("coupler-app", App);
