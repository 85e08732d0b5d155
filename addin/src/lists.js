// The API's lists: users, salespeople, couplings.
import { call } from "./api.js";

/** @typedef {import("./types.js").Query} Query */

/**
 * One page of CRM users. @param {Query | string} query @param {AbortSignal} [signal]
 * @returns {Promise<{rows: import("./types.js").UserRow[], next: string | null}>}
 */
export async function users(query, signal) {
  const { body, next } = await call("crm/users", { query, ...(signal && { signal }) });
  return { rows: body, next };
}

/**
 * One page of salespeople. @param {Query | string} query @param {AbortSignal} [signal]
 * @returns {Promise<{rows: import("./types.js").SalespersonRow[], next: string | null}>}
 */
export async function salespeople(query, signal) {
  const { body, next } = await call("nav/salespeople", { query, ...(signal && { signal }) });
  return { rows: body, next };
}

/**
 * One page of couplings. @param {Query | string} query @param {AbortSignal} [signal]
 * @returns {Promise<{rows: import("./types.js").Coupling[], next: string | null}>}
 */
export async function couplings(query, signal) {
  const { body, next } = await call("couplings", { query, ...(signal && { signal }) });
  return { rows: body, next };
}
