import { html } from "../../vendor/lit.js";
import { t } from "../messages.js";
import { LightElement } from "./light.js";

/** @typedef {"no" | "use_crm_data"} After */

/**
 * The option Synchronize After Coupling. Sending NAV data is not offered and it says why (domain H-03, S-08).
 * Tells `after` with the value.
 */
export class SynchronizeAfter extends LightElement {
  static properties = { value: { type: String }, disabled: { type: Boolean } };

  constructor() {
    super();
    /** @type {After} */
    this.value = "no";
    this.disabled = false;
  }

  render() {
    const why = `${this.uid}-why`;
    return html`
      <fieldset aria-describedby=${why} ?disabled=${this.disabled}>
        <legend>${t("setUp.after")}</legend>
        ${this.option("no", t("setUp.after.no"))} ${this.option("use_crm_data", t("setUp.after.crm"))}
        <p id=${why} class="hint">${t("setUp.after.why")}</p>
      </fieldset>
    `;
  }

  /** @param {After} value @param {string} text */
  option(value, text) {
    return html`
      <label class="radio">
        <input
          type="radio"
          name=${`${this.uid}-after`}
          .checked=${this.value === value}
          @change=${() => this.tell("after", value)}
        >
        ${text}
      </label>
    `;
  }
}

customElements.define("coupler-synchronize-after", SynchronizeAfter);
