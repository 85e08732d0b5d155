// Signing in from a frame.

export const texts = {
  "frame.title": "Sign in",
  "frame.text": "Sign in to see and set up couplings. A window opens for it.",
  "frame.waiting": "Sign in in the window that opened. This page goes on by itself.",
  "frame.blocked":
    "No window could be opened. Allow pop-ups for Coupler and try again, or open this page in a new tab.",
  "frame.closed":
    "The sign-in window was closed, or your browser hides it from this page. Finish signing in there, or start again.",
  "frame.expired": "The sign-in took too long. Start again.",
  "frame.failed": "The sign-in could not be started. Check your network, then try again.",
  "frame.impossible":
    "This page is shown inside a page without encryption (https), where signing in does not work. Open it in a new tab.",
  "frame.again": "Start again",
  "frame.tab": "Open in a new tab",
  "frame.tab.hint": "If nothing opens, hold Ctrl while you click.",
};
