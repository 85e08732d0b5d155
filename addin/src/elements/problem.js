import { html, ifDefined, nothing } from "../../vendor/lit.js";
import { ApiProblem } from "../api.js";
import { isForeign } from "../language.js";
import { has, nextStep, t } from "../messages.js";
import { LightElement } from "./light.js";

/** What failed, why, what to do next; the technical part folded away. */
export class Problem extends LightElement {
  static properties = { what: { type: String }, problem: { attribute: false } };

  constructor() {
    super();
    this.what = "";
    /** @type {unknown} an ApiProblem, or whatever else was thrown */
    this.problem = null;
  }

  render() {
    const problem =
      this.problem instanceof ApiProblem ? this.problem : new ApiProblem(0, { code: "unreachable" });
    return html`
      <div class="note bad" role="alert">
        <p><strong>${this.what}</strong></p>
        <p lang=${english(problem.body.detail)}>${reason(problem)}</p>
        ${fieldErrors(problem)}
        <p lang=${english(problem.body.fix && !has(`next.${problem.code}`))}>${nextStep(problem.code, problem.body.fix)}</p>
        <details>
          <summary>${t("problem.details")}</summary>
          <dl class="facts">
            <div><dt>${t("problem.code")}</dt><dd>${problem.code}</dd></div>
            ${problem.status ? html`<div><dt>${t("problem.status")}</dt><dd>${problem.status}</dd></div>` : nothing}
            ${problem.body.request_id ? html`<div><dt>${t("problem.request")}</dt><dd>${problem.body.request_id}</dd></div>` : nothing}
          </dl>
        </details>
      </div>
    `;
  }
}

/** What the server says is English on every page (WCAG 3.1.2). @param {unknown} said */
function english(said) {
  return ifDefined(said && isForeign() ? "en" : undefined);
}

/** @param {ApiProblem} problem */
function reason({ status, body }) {
  return body.detail ?? body.title ?? t(status === 0 ? "problem.unreachable" : "problem.unexpected");
}

/** @param {ApiProblem} problem */
function fieldErrors({ body }) {
  const lines = Object.entries(body.errors ?? {}).map(
    ([field, texts]) => html`<li lang=${english(true)}>${field}: ${[texts].flat().join(" ")}</li>`,
  );
  return lines.length ? html`<ul>${lines}</ul>` : nothing;
}

customElements.define("coupler-problem", Problem);
