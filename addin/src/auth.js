// The bearer: got from the session of the tab or of the frame, kept in memory only, renewed when refused.
import { address, go, here, isFramed } from "./host.js";

/** Nobody is signed in; only signing in helps. */
export class SignedOut extends Error {}

/** @typedef {{access_token: string, expires_in: number}} Given */

/** @type {Promise<string> | null} */
let bearer = null;

/**
 * The bearer for the API; one request for all who ask at the same time.
 * @param {{fresh?: boolean}} [options] fresh: do not use the one in memory
 * @returns {Promise<string>}
 */
export function token({ fresh = false } = {}) {
  if (fresh || !bearer) keep(fetchToken());
  return /** @type {Promise<string>} */ (bearer);
}

/** @param {Promise<Given>} coming */
function keep(coming) {
  const mine = coming.then(({ access_token }) => access_token);
  const forget = () => {
    if (bearer === mine) bearer = null;
  };
  bearer = mine;
  // Half a minute early: a bearer must not expire on its way.
  coming.then(({ expires_in }) => setTimeout(forget, Math.max(1, (expires_in ?? 600) - 30) * 1000), forget);
}

/** Takes the bearer that a sign-in from the frame brought. @param {Given} given */
export function accept(given) {
  keep(Promise.resolve(given));
}

/**
 * In a frame first by the cookie of the frame; then, as in a tab, by the one of the tab, which browsers send to a
 * frame only where host and Coupler are of one site.
 * @returns {Promise<Given>}
 */
async function fetchToken() {
  const ways = isFramed ? ["auth/refresh", "auth/token"] : ["auth/token"];
  for (const way of ways) {
    const answer = await post(way);
    if (answer.ok) return answer.json();
    if (answer.status !== 401) throw new TypeError(`${way} answered ${answer.status}`);
  }
  throw new SignedOut();
}

/** @param {string} path @param {unknown} [body] */
export function post(path, body) {
  const headers = new Headers({ Accept: "application/json" });
  if (body !== undefined) headers.set("Content-Type", "application/json");
  return fetch(address(path), {
    method: "POST",
    credentials: "same-origin",
    headers,
    body: body === undefined ? null : JSON.stringify(body),
  });
}

/** Leaves for the sign-in page, which comes back here. At top level only: providers refuse to be framed. */
export function signIn() {
  go(address("auth/sign-in", { return_to: here() }));
}
