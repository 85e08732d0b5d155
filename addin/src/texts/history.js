// What was done to couplings.

export const texts = {
  "log.title": "Synchronization Log",
  "log.empty": "Nothing was done yet.",
  "log.failed": "The log could not be read.",
  "log.when": "Date/Time",
  "log.what": "Action",
  "log.pair": "Records",
  "log.by": "By",
  "log.changes": "Changes",
  "log.undo": "Undo",
  "log.undoOf": "Undo: {deed}, {pair}, {when}",
  "log.undone": "Taken back",
  "log.undoFailed": "It was not taken back.",

  "deed.couple": "Coupled",
  "deed.move": "Coupling moved",
  "deed.uncouple": "Uncoupled",
  "deed.synchronize": "Synchronized",
  "deed.undo": "Taken back",

  "stage.intent": "Begun; the outcome is not known",
  "stage.refused": "Refused",
  "stage.not_applied": "Not carried out",
};
