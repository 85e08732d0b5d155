// Listening to the page that frames the pane: `{v: 1, type, id, payload}`, from that page only (surfaces 6.5).
import { address, contextOf, parentOrigin, tellHost, trustHost } from "./host.js";

/** @typedef {import("./types.js").HostContext} HostContext */

const TEXTS = ["system", "table", "key", "entity", "id", "company", "org", "connection", "lcid", "theme"];
const LONGEST = 250;

/**
 * Says `ready`, tells the height, and calls back with each record the host moves to. What others post is dropped
 * without a word. To be called in a frame only.
 * @param {(context: HostContext) => void} onContext
 */
export async function talkWithHost(onContext) {
  /** @type {MessageEvent[]} */
  const early = [];
  /** @type {string[] | null} */
  let allowed = null;
  const hear = (/** @type {MessageEvent} */ event) => {
    if (!allowed) early.push(event);
    else if (event.source === parent && isAllowed(event.origin, allowed)) {
      trustHost(event.origin);
      const context = readMessage(event.data);
      if (context) onContext(context);
    }
  };
  addEventListener("message", hear);
  allowed = await hosts();
  const guessed = parentOrigin();
  if (isAllowed(guessed, allowed)) trustHost(guessed);
  tellHost("ready", {});
  early.forEach(hear);
  tellHeight();
}

/** @returns {Promise<string[]>} */
async function hosts() {
  try {
    const answer = await fetch(address("pane/hosts"), { credentials: "omit" });
    return answer.ok ? (await answer.json()).origins : [];
  } catch {
    return [];
  }
}

/** A wildcard stands for one or more labels, as in the policy. @param {string} origin @param {string[]} allowed */
function isAllowed(origin, allowed) {
  return allowed.some((one) => {
    const [scheme, rest] = one.split("://*");
    return rest ? origin.startsWith(`${scheme}://`) && origin.endsWith(rest) : one === origin;
  });
}

/** The context in a message, null for anything that is no context. @param {unknown} data @returns {HostContext | null} */
function readMessage(data) {
  const { v, type, payload } = /** @type {Record<string, unknown>} */ (Object(data));
  if (v !== 1 || type !== "context" || typeof payload !== "object" || !payload) return null;
  const given = Object.entries(payload).filter(([name]) => TEXTS.includes(name));
  if (given.some(([, value]) => typeof value !== "string" || value.length > LONGEST)) return null;
  return contextOf(new URLSearchParams(given));
}

function tellHeight() {
  const { body } = document;
  new ResizeObserver(() => tellHost("resize", { height: Math.ceil(body.offsetHeight) })).observe(body);
}
