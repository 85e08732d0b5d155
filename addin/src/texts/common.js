// What every page says: buttons, sign-in, connections, problems. Captions are those of NAV 2016.

export const texts = {
  "app.title": "Coupler",
  "app.loading": "Loading",

  "wait.crm": "Still waiting for CRM…",
  "wait.nav": "Still waiting for NAV…",
  "wait.coupler": "Still waiting for Coupler…",

  "button.ok": "OK",
  "button.cancel": "Cancel",
  "button.close": "Close",
  "button.delete": "Delete",
  "button.retry": "Try again",
  "button.signIn": "Sign in",
  "button.move": "Move coupling",
  "button.loadMore": "Load more",
  "button.setUp": "Set Up Coupling",
  "button.showUsers": "Show users",
  "button.showSalespeople": "Show salespeople",

  "open.nav": "Open Salesperson",
  "open.crm": "Open User",

  "opens.tab": "opens in a new tab",

  "signedOut.title": "Signed out",
  "signedOut.text": "Sign in to go on. You come back to this page afterwards.",

  "left.title": "You can close this tab",
  "left.text": "Dynamics NAV and Dynamics CRM are still open in their own tabs.",

  "connection.title": "Which connection?",
  "connection.text": "More than one connection fits this record. Choose the one to work in.",
  "connection.none": "No connection fits",
  "connection.none.text":
    "Coupler has no connection for this record that you may use. Ask an administrator to add one, or to let you use it.",

  "record.missing": "No record",
  "record.missing.text":
    "The address of this page names no record. Open it from the salesperson in Dynamics NAV or from the user in Dynamics CRM.",
  "record.unknown": "No such record",
  "record.unknown.nav": "Salesperson {key} does not exist in {company}, or Coupler may not read it.",
  "record.unknown.crm": "User {key} does not exist in Dynamics CRM, or Coupler may not read it.",

  "role.reader":
    "You may look at this, but not change it. Ask an administrator for the role Coupler.Operator.",

  "side.nav": "Salesperson",
  "side.crm": "User",

  "barred.disabled": "disabled in Dynamics CRM",
  "barred.unlicensed": "no Dynamics CRM license",

  "problem.details": "Details",
  "problem.code": "Code",
  "problem.request": "Request",
  "problem.status": "Status",
  "problem.unreachable": "Coupler did not answer.",
  "problem.unexpected": "The answer could not be understood.",
  "problem.load": "The page could not be loaded.",

  // What to do next, by the problem's code, where the server's own advice is not for a person at this page.
  "next.unreachable": "Check your network, then try again.",
  "next.not_found": "Somebody may have deleted it meanwhile. Open this page again from the record.",
  "next.connection_unknown": "Open this page again from the record in Dynamics NAV or Dynamics CRM.",
  "next.record_not_found": "Check that the record still exists and that this is the right company.",
  "next.record_changed": "Somebody changed the record meanwhile. Try again.",
  "next.stale": "Somebody changed the coupling meanwhile. Try again.",
  "next.rate_limited": "The system is busy. Wait a minute, then try again.",
  "next.not_eligible": "Choose another user, or have this one enabled and licensed in Dynamics CRM.",
  "next.value_refused": "Correct the value in Dynamics CRM, then synchronize again.",
  "next.other": "Try again. If it happens again, give the details below to an administrator.",
};
