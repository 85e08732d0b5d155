// The pane beside a record: its counterpart, or who that may be.

export const texts = {
  "pane.users": "All users",
  "pane.log": "Synchronization Log",
  "pane.errors": "Errors and log",
  "pane.undo": "Undo",
  "pane.undoing": "Taking it back…",
  "pane.undone": "Taken back.",
  "pane.undoFailed": "It was not taken back.",
  "pane.unreadable": "The record could not be read.",
  "pane.changes": "Show changes",

  "match.searching.nav": "Looking for the user…",
  "match.searching.crm": "Looking for the salesperson…",
  "match.title": "Suggestions",
  "match.ambiguous": "Several match, so none is chosen for you. Compare before you choose.",
  "match.none.nav": "No user in Dynamics CRM has the same e-mail address, sign-in name or a similar name.",
  "match.none.crm": "No salesperson in Dynamics NAV has the same e-mail address or a similar name.",
  "match.noEmail": "{count} others have no e-mail address.",
  "match.noEmail.one": "{count} other has no e-mail address.",
  "match.excluded": "{count} users who would match are disabled or may not be coupled.",
  "match.excluded.one": "{count} user who would match is disabled or may not be coupled.",
  "match.reading":
    "The lists of users and salespeople are being read for the first time. Suggestions follow.",
  "match.failed": "Suggestions could not be read.",
  "match.more": "{count} more match.",
  "match.more.one": "{count} more matches.",
  "match.couple": "Couple and update",
  "match.coupleWith": "Couple and update with {name}",
  "match.choose": "Compare…",
  "match.chooseWith": "Compare with {name}",
  "match.other.nav": "Other user…",
  "match.other.crm": "Other salesperson…",
  "match.refuse": "None of these",
  "match.refused": "These are not suggested again for this record.",
  "match.taken": "coupled to {name}",

  "reason.same_email": "Same e-mail",
  "reason.same_sign_in_name": "Same sign-in name",
  "reason.same_name": "Same name",
  "reason.similar_name": "Similar name {percent} %",
  "reason.same_phone": "Same phone number",
  "reason.shared": "{count} others have it too",
  "reason.shared.one": "{count} other has it too",

  "pair.with": "Coupled to",
  "pair.check": "Check again",
  "pair.more": "More",
  "pair.change": "Change Coupling…",
  "pair.delete": "Delete Coupling",
  "pair.gone.crm":
    "The coupled user no longer exists in Dynamics CRM. Choose another user, or delete the coupling.",
  "pair.gone.nav":
    "The coupled salesperson no longer exists in Dynamics NAV. Choose another salesperson, or delete the coupling.",
  "pair.disabled":
    "The coupled user is disabled in Dynamics CRM or may not be coupled any more. Choose another user, or delete the coupling.",
  "pair.overwrite": "Overwrite NAV",
};
