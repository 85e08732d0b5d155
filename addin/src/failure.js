// What failed, why and what to do; the element for it is loaded when something fails.
import { html } from "../vendor/lit.js";

/** @param {string} what @param {unknown} problem an ApiProblem, or whatever else was thrown */
export function failure(what, problem) {
  import("./elements/problem.js");
  return html`<coupler-problem .what=${what} .problem=${problem}></coupler-problem>`;
}
