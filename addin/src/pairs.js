// The API around one pair: compare, couple, synchronize, delete, suggest.
import { ApiProblem, call } from "./api.js";

/**
 * The coupling of one record, or null.
 * @param {string} connection @param {import("./types.js").System} system @param {string} key
 * @returns {Promise<import("./types.js").Coupling | null>}
 */
export async function couplingOf(connection, system, key) {
  const side = system === "nav" ? { nav_key: key } : { crm_id: key };
  const { body } = await call("couplings", { query: { connection, mapping: "SALESPEOPLE", ...side } });
  return body[0] ?? null;
}

/**
 * @param {string} connection
 * @param {{nav_key?: string | undefined, crm_id?: string | undefined}} pair one side alone shows that side's values
 * @param {AbortSignal} [signal]
 * @returns {Promise<import("./types.js").Comparison>}
 */
export async function comparison(connection, pair, signal) {
  const query = { connection, mapping: "SALESPEOPLE", ...pair };
  return (await call("comparison", { query, ...(signal && { signal }) })).body;
}

/**
 * @param {string} connection @param {string} nav_key @param {string} crm_id
 * @param {{synchronize: "no" | "use_crm_data", move: boolean}} options
 * @returns {Promise<{coupling: import("./types.js").Coupling, synchronization: import("./types.js").Synchronization | null, created: boolean}>}
 *   created: false where the pair was coupled already
 */
export async function couple(connection, nav_key, crm_id, options) {
  const body = { connection, mapping: "SALESPEOPLE", nav_key, crm_id, ...options };
  const answer = await call("couplings", { method: "POST", body });
  return { ...answer.body, created: answer.created };
}

/**
 * One coupling, and the ETag its deletion needs.
 * @param {string} id
 * @returns {Promise<{coupling: import("./types.js").Coupling, etag: string | null}>}
 */
export async function couplingById(id) {
  const { body, etag } = await call(`couplings/${encodeURIComponent(id)}`);
  return { coupling: body, etag };
}

/**
 * Deletes a coupling; answers the history entry that takes it back.
 * @param {string} id @param {string | null} etag
 */
export async function uncouple(id, etag) {
  return (await call(`couplings/${encodeURIComponent(id)}`, { method: "DELETE", etag })).undo;
}

/**
 * @param {string} id @param {{dry_run?: boolean, force?: boolean}} options
 * @returns {Promise<import("./types.js").Synchronization>}
 */
export async function synchronize(id, options) {
  const body = { direction: "from_crm", ...options };
  return (await call(`couplings/${encodeURIComponent(id)}/synchronize`, { method: "POST", body })).body;
}

/**
 * Who may be the counterpart of a record, the surest first; none where the server does not suggest.
 * @param {string} connection @param {{nav_key: string} | {crm_id: string}} side
 * @param {{limit?: number, signal?: AbortSignal}} [options]
 * @returns {Promise<import("./types.js").Suggestions>}
 */
export async function suggestions(connection, side, { limit = 10, signal } = {}) {
  const query = { connection, mapping: "SALESPEOPLE", limit, ...side };
  try {
    const { body, counts } = await call("suggestions", { query, ...(signal && { signal }) });
    return { rows: body, counts };
  } catch (error) {
    if (error instanceof ApiProblem && error.code === "not_found") return { rows: [], counts: {} };
    throw error;
  }
}

/**
 * None of these: the pairs are not suggested again.
 * @param {string} connection @param {{nav_key: string, crm_id: string}[]} pairs
 */
export async function reject(connection, pairs) {
  await call("suggestions/rejections", {
    method: "POST",
    body: { connection, mapping: "SALESPEOPLE", pairs },
  });
}

/** Suggests a rejected pair again. @param {string} connection @param {{nav_key: string, crm_id: string}} pair */
export async function suggestAgain(connection, pair) {
  const query = { connection, mapping: "SALESPEOPLE", ...pair };
  await call("suggestions/rejections", { method: "DELETE", query });
}
