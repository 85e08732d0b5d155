// The control add-in WebPageViewer as AL code sees it (surfaces 4.3): its procedures, its events, its two origin rules.
// A procedure it does not have is missing here too. Plain http counts as https for this machine's own servers only.

const LOOPBACK = /^http:\/\/(localhost|127\.0\.0\.1)(:\d+)?\//;

export class WebPageViewer {
  /** `triggers` are the page's: ControlAddInReady, DocumentReady, Callback. */
  constructor(place, triggers, { httpsOnly = false, sandbox } = {}) {
    this.triggers = triggers;
    this.httpsOnly = httpsOnly;
    this.origins = [];
    this.frame = document.createElement("iframe");
    this.frame.title = "Coupler pane";
    if (sandbox !== undefined) this.frame.setAttribute("sandbox", sandbox);
    place.append(this.frame);
    this.frame.addEventListener("load", () => this.triggers.DocumentReady?.());
    triggers.ControlAddInReady(location.href, this);
  }

  isSecure(url) {
    return url.startsWith("https://") || (!this.httpsOnly && LOOPBACK.test(`${url}/`));
  }

  Navigate(url) {
    if (!this.isSecure(url)) throw new Error(`The URL must start with https:// (${url}).`);
    this.frame.src = url;
  }

  PostMessage(message, targetOrigin, convertToJson) {
    this.frame.contentWindow.postMessage(convertToJson ? JSON.parse(message) : message, targetOrigin);
  }

  /** An origin without a slash behind its host, or not https, is taken and never matches. */
  SubscribeToEvent(name, origin) {
    const host = /^(https?:\/\/[^/]+)\//.exec(origin)?.[1];
    addEventListener(name, (event) => {
      if (!host || !this.isSecure(origin) || event.origin !== host || event.source !== this.frame.contentWindow) return;
      this.triggers.Callback(JSON.stringify(event.data));
    });
  }
}
