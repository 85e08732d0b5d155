// The record the address names, with its coupling: what every window about a pair starts from.
import { address } from "./host.js";
import { comparison, couplingById, couplingOf } from "./pairs.js";

/** @typedef {import("./types.js").Comparison} Comparison */
/** @typedef {import("./types.js").Coupling} Coupling */
/** @typedef {import("./types.js").Subject} Subject */

/**
 * @param {import("./types.js").HostContext} context
 * @param {import("./types.js").Connection} connection
 * @param {{live: boolean}} how live: read both records also where the stored coupling names them
 * @returns {Promise<{subject: Subject | null, comparison: Comparison | null}>} no subject: there is no such record
 */
export async function findSubject({ system, key }, connection, { live }) {
  let coupling = live ? null : await couplingOf(connection.name, system, key);
  let side = coupling?.[system] ?? null;
  let compared = null;
  if (!coupling) {
    compared = await comparison(connection.name, pairOf(system, key));
    if (compared.coupling) coupling = (await couplingById(compared.coupling)).coupling;
    side = compared[system] ?? coupling?.[system] ?? null;
  }
  const subject = side && {
    system,
    key: "key" in side ? side.key : side.id,
    name: side.name ?? "",
    connection,
    coupling,
  };
  return { subject, comparison: compared };
}

/** One side as the API asks for it. @param {import("./types.js").System} system @param {string} key */
export function pairOf(system, key) {
  return system === "nav" ? { nav_key: key } : { crm_id: key };
}

/**
 * The address that opens the partner of a record.
 * @param {"crm/systemuser" | "nav/salesperson"} kind @param {string} key @param {{connection: {name: string}}} subject
 */
export function opens(kind, key, { connection }) {
  return address(`open/${kind}/${encodeURIComponent(key)}`, { connection: connection.name });
}
