import { html, nothing } from "../../vendor/lit.js";
import { FrameSignIn } from "../frame-sign-in.js";
import { openWindow, ownPage, recordIds, tellHost } from "../host.js";
import { add, t } from "../messages.js";
import { texts } from "../texts/sign-in.js";
import { heading, LightElement } from "./light.js";
import "./waiting.js";

await add({ "sign-in": texts });

/** Where signing in by a window cannot go on from here. */
const STUCK = ["blocked", "closed", "impossible", "failed"];

/** Signing in from a frame: a window, or else this page in a tab. Tells `coupler-signed-in`. */
export class SignIn extends LightElement {
  static properties = { context: { attribute: false }, stage: { state: true } };

  constructor() {
    super();
    /** @type {import("../types.js").HostContext} set before the first rendering */
    this.context = /** @type {any} */ (null);
    /** @type {import("../frame-sign-in.js").Stage} */
    this.stage = "ready";
    /** @type {FrameSignIn | null} */
    this.sign = null;
  }

  firstUpdated() {
    const sign = new FrameSignIn(this.context.system);
    this.sign = sign;
    this.stage = sign.stage;
    sign.addEventListener("stage", () => {
      this.stage = sign.stage;
      if (sign.stage === "done") this.tell("coupler-signed-in");
    });
    sign.prepare();
  }

  disconnectedCallback() {
    super.disconnectedCallback();
    this.sign?.stop();
  }

  render() {
    const { stage } = this;
    return html`
      ${heading(t("frame.title"))}
      ${
        stage === "ready" || stage === "done"
          ? html`<p>${t("frame.text")}</p>`
          : html`<p class=${stage === "waiting" ? "" : "note"} role=${stage === "waiting" ? "status" : "alert"}>${t(`frame.${stage}`)}</p>`
      }
      <div class="buttons">
        ${STUCK.includes(stage) ? this.tab() : nothing}
        ${
          stage === "impossible"
            ? nothing
            : html`<button class="primary" @click=${() => this.sign?.start()}>${t(stage === "ready" ? "button.signIn" : "frame.again")}</button>`
        }
      </div>
      ${stage === "blocked" ? html`<p class="hint">${t("frame.tab.hint")}</p>` : nothing}
    `;
  }

  tab() {
    return html`
      <a class="button" href=${ownPage()} target="_blank" rel="noopener" @click=${this.openTab}>
        ${t("frame.tab")}<span class="visually-hidden"> (${t("opens.tab")})</span>
      </a>
    `;
  }

  /** Where the frame may open nothing, the page around is asked to. @param {MouseEvent} event */
  openTab(event) {
    if (this.stage !== "blocked" || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (!openWindow(ownPage())) tellHost("open", { ...recordIds(this.context), view: "pane" });
  }
}

customElements.define("coupler-sign-in", SignIn);
