// Signing in from a frame: a window signs in, the pane waits with a ticket only it can redeem (surfaces 6.3).
import { accept, post } from "./auth.js";
import { address, openWindow, root } from "./host.js";

/**
 * `ready` to begin; `waiting` for the window; `blocked`: none could be opened; `closed`, or out of sight: the provider
 * may hide its window from here; `expired`; `failed`; `impossible` in a frame of a page without encryption; `done`.
 * @typedef {"ready" | "waiting" | "blocked" | "closed" | "expired" | "failed" | "impossible" | "done"} Stage
 */
/** @typedef {{ticket: string, verifier: string, deadline: number}} Ticket */

const WINDOW = "popup,width=520,height=640";
// A window needs a moment to reach the server before it can be said that there is none.
const BLOCKED_AFTER = 3000;
// A ticket made in advance is used only while enough of its life is left.
const SPARE = 120_000;

/** One sign-in at a time. Tells `stage` whenever that changes. */
export class FrameSignIn extends EventTarget {
  /** @param {"nav" | "crm"} system where the pane stands */
  constructor(system) {
    super();
    this.system = system;
    /** @type {Stage} */
    this.stage = globalThis.crypto?.subtle ? "ready" : "impossible";
    /** @type {Ticket | null} */
    this.spare = null;
    /** @type {AbortController | null} */
    this.running = null;
  }

  /** @param {Stage} stage */
  enter(stage) {
    if (this.stage === stage) return;
    this.stage = stage;
    this.dispatchEvent(new Event("stage"));
  }

  /** Gets a ticket before the click: a browser opens a window only at once. A failure shows when it is clicked. */
  async prepare() {
    if (this.stage === "impossible") return;
    this.spare = await this.issue().catch(() => null);
  }

  /** To be called by a click. */
  async start() {
    if (this.stage === "impossible") return;
    this.stop();
    const running = new AbortController();
    this.running = running;
    try {
      const ready = this.spare && this.spare.deadline - Date.now() > SPARE ? this.spare : null;
      this.spare = null;
      const ticket = ready ?? (await this.issue());
      const opened = openWindow(address("auth/start", { ticket: ticket.ticket }), WINDOW);
      this.enter("waiting");
      await this.wait(ticket, opened, running.signal);
    } catch {
      if (!running.signal.aborted) this.enter("failed");
    }
  }

  /** Waits no longer. */
  stop() {
    this.running?.abort();
  }

  /** @returns {Promise<Ticket>} */
  async issue() {
    const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
    const challenge = base64url(new Uint8Array(digest));
    const answer = await post("auth/ticket", { challenge, context: { system: this.system } });
    if (!answer.ok) throw new TypeError(`auth/ticket answered ${answer.status}`);
    const { ticket, expires_in } = await answer.json();
    return { ticket, verifier, deadline: Date.now() + expires_in * 1000 };
  }

  /** @param {Ticket} ticket @param {Window | null} opened @param {AbortSignal} signal */
  async wait({ ticket, verifier, deadline }, opened, signal) {
    const since = Date.now();
    let interval = 1;
    while (Date.now() < deadline) {
      await pause(interval * 1000, signal);
      if (signal.aborted) return;
      const answer = await post("auth/ticket/redeem", { ticket, verifier }).catch(() => null);
      if (signal.aborted) return;
      if (answer?.status === 200) {
        accept(await answer.json());
        opened?.close();
        this.enter("done");
        return;
      }
      if (answer?.status === 404) break;
      // Without an answer it is tried again, until the ticket runs out.
      const told = answer?.status === 202 ? await answer.json() : { begun: true, interval: 4 };
      interval = told.interval;
      if (!opened && !told.begun && Date.now() - since > BLOCKED_AFTER) this.enter("blocked");
      else if (opened?.closed) this.enter("closed");
      else if (told.begun) this.enter("waiting");
    }
    this.enter("expired");
  }
}

/** Waits, but not longer than until a window says that its sign-in is over. @param {number} time @param {AbortSignal} signal */
function pause(time, signal) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      forget();
      resolve(null);
    };
    const timer = setTimeout(end, time);
    const forget = onSignedIn(end);
    signal.addEventListener("abort", end, { once: true });
  });
}

/** Calls back when a window of ours says that its sign-in is over; returns how to stop. @param {() => void} act */
function onSignedIn(act) {
  const hear = (/** @type {MessageEvent} */ { origin, data }) => {
    if (origin === root.origin && data?.type === "done") act();
  };
  addEventListener("message", hear);
  return () => removeEventListener("message", hear);
}

/** @param {Uint8Array} bytes */
function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
