// The same done to several users: first planned and shown, then carried out one by one, then taken back if asked.
import { ApiProblem } from "./api.js";
import { SignedOut } from "./auth.js";
import { undo } from "./history.js";
import { label, t } from "./messages.js";
import { undoSetUp } from "./outcome.js";
import { couple, couplingById, suggestions, synchronize, uncouple } from "./pairs.js";
import { whyBarred } from "./search.js";

/** @typedef {import("./types.js").UserRow} UserRow */
/** @typedef {"couple" | "uncouple" | "synchronize"} Action */
/**
 * One user: with whom, why it is left out, how it went, how to take it back.
 * @typedef {object} Step
 * @property {UserRow} row
 * @property {string} key of the salesperson, empty where there is none
 * @property {string} partner its name
 * @property {string} skip
 * @property {"" | "ok" | "failed"} result
 * @property {string} reason of the failure
 * @property {(() => Promise<void>) | null} undo
 */

const AT_ONCE = 4;

/**
 * What would be done. Couples only where the match is exact and free; everything else is left to a person.
 * @param {Action} action @param {UserRow[]} rows @param {string} connection @param {(done: number) => void} tell
 * @returns {Promise<Step[]>}
 */
export async function plan(action, rows, connection, tell) {
  let done = 0;
  const steps = await each(rows, async (row) => {
    const step = action === "couple" ? await matched(row, connection) : coupled(row);
    tell(++done);
    return step;
  });
  const seen = new Set();
  for (const step of action === "couple" ? steps : []) {
    if (!step.skip && seen.has(step.key)) step.skip = t("bulk.skip.twice");
    seen.add(step.key);
  }
  return steps;
}

/** @param {UserRow} row @param {Partial<Step>} [known] @returns {Step} */
function step(row, known = {}) {
  return { row, key: "", partner: "", skip: "", result: "", reason: "", undo: null, ...known };
}

/** @param {UserRow} row */
function coupled(row) {
  if (!row.coupling) return step(row, { skip: t("bulk.skip.uncoupled") });
  return step(row, partner(row.salesperson ?? "", row.salesperson_name));
}

/** @param {string} key @param {string | null} name */
const partner = (key, name) => ({ key, partner: label("nav", key, name) });

/** @param {UserRow} row @param {string} connection */
async function matched(row, connection) {
  if (row.coupling) {
    return step(row, {
      ...partner(row.salesperson ?? "", row.salesperson_name),
      skip: t("bulk.skip.coupled"),
    });
  }
  const barred = whyBarred(row);
  if (barred) return step(row, { skip: t("bulk.skip.barred", { reason: barred }) });
  const { rows } = await suggestions(connection, { crm_id: row.id });
  const [first] = rows.filter(({ exact }) => exact);
  if (!first) return step(row, { skip: t(rows.length > 1 ? "bulk.skip.several" : "bulk.skip.none") });
  const known = partner(first.key ?? "", first.name);
  return first.taken
    ? step(row, { ...known, skip: t("bulk.skip.taken", { name: first.taken.name ?? "" }) })
    : step(row, known);
}

/**
 * Does what was planned; a failure of one stops no other. @param {Action} action @param {Step[]} steps
 * @param {string} connection @param {(done: number) => void} tell
 */
export async function carryOut(action, steps, connection, tell) {
  let done = 0;
  await each(
    steps.filter(({ skip }) => !skip),
    async (one) => {
      try {
        one.undo = await DEEDS[action](one, connection);
        one.result = "ok";
      } catch (error) {
        refused(one, error);
      }
      tell(++done);
    },
  );
}

/** Takes back what succeeded, the last first. @param {Step[]} steps @param {(done: number) => void} tell */
export async function takeBack(steps, tell) {
  let done = 0;
  for (const one of steps.filter(({ undo }) => undo).reverse()) {
    try {
      await one.undo?.();
      one.undo = null;
      one.result = "";
    } catch (error) {
      refused(one, error);
    }
    tell(++done);
  }
}

/** @param {Step} one @param {unknown} error */
function refused(one, error) {
  if (error instanceof SignedOut) throw error;
  one.result = "failed";
  one.reason = error instanceof ApiProblem ? error.message : t("problem.unexpected");
}

/** @type {Record<Action, (step: Step, connection: string) => Promise<(() => Promise<void>) | null>>} */
const DEEDS = {
  couple: async ({ row, key }, connection) => {
    const how = /** @type {const} */ ({ synchronize: "use_crm_data", move: false });
    const { coupling, created, synchronization } = await couple(connection, key, row.id, how);
    if (synchronization?.error) throw new ApiProblem(0, { ...synchronization.error });
    return created ? () => undoSetUp(coupling.id) : null;
  },
  uncouple: async ({ row }) => {
    const { coupling, etag } = await couplingById(row.coupling ?? "");
    const entry = await uncouple(coupling.id, etag);
    return entry ? () => undo(entry) : null;
  },
  synchronize: async ({ row }) => {
    const { undo: entry } = await synchronize(row.coupling ?? "", {});
    return entry ? () => undo(entry) : null;
  },
};

/**
 * A few at a time, in order. @template T, R @param {T[]} items @param {(item: T) => Promise<R>} act
 * @returns {Promise<R[]>}
 */
async function each(items, act) {
  /** @type {R[]} */
  const results = [];
  let next = 0;
  const work = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await act(/** @type {T} */ (items[index]));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results;
}
