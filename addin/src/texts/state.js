// The state of a coupling.

export const texts = {
  "state.in_step": "In step",
  "state.differs": "{count} fields differ",
  "state.differs.one": "{count} field differs",
  "state.never_synchronized": "Never synchronized",
  "state.failed": "The last synchronization failed",
  "state.skipped": "Skipped after repeated errors",
  "state.broken": "One of the records is gone",
  "state.last": "Last synchronized {when} by {who}",
};
