import { html } from "../../vendor/lit.js";
import { t } from "../messages.js";
import { stylesheet } from "../stylesheet.js";
import { LightElement } from "./light.js";

await stylesheet("window.css");

/** A question in a modal dialog; the focus starts on Cancel. Tells `answer` with true or false. */
export class Ask extends LightElement {
  static properties = { question: { type: String }, yes: { type: String }, body: { attribute: false } };

  constructor() {
    super();
    this.question = "";
    this.yes = t("button.ok");
    /** @type {unknown} what stands between question and buttons */
    this.body = "";
  }

  firstUpdated() {
    this.querySelector("dialog")?.showModal();
  }

  render() {
    return html`
      <dialog aria-labelledby=${`${this.uid}-q`} aria-describedby=${`${this.uid}-b`} @cancel=${this.no}>
        <h2 id=${`${this.uid}-q`}>${this.question}</h2>
        <div id=${`${this.uid}-b`}>${this.body}</div>
        <div class="buttons">
          <button class="primary" @click=${() => this.tell("answer", true)}>${this.yes}</button>
          <button autofocus @click=${this.no}>${t("button.cancel")}</button>
        </div>
      </dialog>
    `;
  }

  no() {
    this.tell("answer", false);
  }
}

customElements.define("coupler-ask", Ask);
