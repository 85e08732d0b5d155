// What became of a coupling, as a sentence and as something to take back.
import { history, undo } from "./history.js";
import { add, counted, labels, t } from "./messages.js";
import { couple } from "./pairs.js";
import { texts as done } from "./texts/done.js";

await add({ done });

/** @typedef {import("./types.js").Notice} Notice */
/** @typedef {Awaited<ReturnType<typeof couple>>} Coupled */

const OF_SETTING_UP = ["synchronize", "couple", "move"];

/** What a synchronization after coupling did. @param {import("./types.js").Synchronization | null} synchronization */
export function outcome(synchronization) {
  if (!synchronization) return t("setUp.done.stored");
  if (synchronization.error) return "";
  const count = synchronization.changes?.length ?? 0;
  return count ? counted("setUp.done.synchronized", count) : t("setUp.done.equal");
}

/** @param {Coupled} done @returns {Notice} */
export function coupledNotice({ coupling, synchronization, created }) {
  const entry = synchronization?.undo;
  const back = created ? () => undoSetUp(coupling.id) : entry ? () => undo(entry) : null;
  return {
    text: `${t("setUp.done.text", labels(coupling))} ${outcome(synchronization)}`,
    changes: synchronization?.changes ?? [],
    error: synchronization?.error ?? null,
    ...(back && { undo: back }),
  };
}

/** @param {import("./types.js").Synchronization} done @param {{name: string, partner: string}} names @returns {Notice} */
export function synchronizedNotice({ changes, undo: entry }, names) {
  if (!changes?.length) return { text: t("sync.equal.text", names) };
  return { text: t("sync.done.text", names), changes, ...(entry && { undo: () => undo(entry) }) };
}

/**
 * Takes back what setting up a new coupling did, the last thing first: the values, then the coupling.
 * @param {string} coupling
 */
export async function undoSetUp(coupling) {
  const { rows } = await history({ coupling, limit: 20 });
  const gone = new Set(rows.map(({ undoes }) => undoes));
  for (const { id, deed, stage } of rows) {
    if (stage === "confirmed" && OF_SETTING_UP.includes(deed) && !gone.has(id)) await undo(id);
  }
}
