// The bearer: got from the first-party session, kept in memory only, renewed when refused.
import { address, go, here } from "./host.js";

/** Nobody is signed in; only signing in helps. */
export class SignedOut extends Error {}

/** @type {Promise<string> | null} */
let bearer = null;

/**
 * The bearer for the API; one request for all who ask at the same time.
 * @param {{fresh?: boolean}} [options] fresh: do not use the one in memory
 * @returns {Promise<string>}
 */
export function token({ fresh = false } = {}) {
  if (fresh || !bearer) {
    bearer = fetchToken();
    bearer.catch(() => {
      bearer = null;
    });
  }
  return bearer;
}

async function fetchToken() {
  const answer = await fetch(address("auth/token"), {
    method: "POST",
    credentials: "same-origin",
    headers: { Accept: "application/json" },
  });
  if (answer.status === 401) throw new SignedOut();
  if (!answer.ok) throw new TypeError(`auth/token answered ${answer.status}`);
  const { access_token, expires_in } = await answer.json();
  // Half a minute early: a bearer must not expire on its way.
  setTimeout(() => (bearer = null), Math.max(1, (expires_in ?? 600) - 30) * 1000);
  return access_token;
}

/** Leaves for the sign-in page, which comes back here. */
export function signIn() {
  go(address("auth/sign-in", { return_to: here() }));
}
