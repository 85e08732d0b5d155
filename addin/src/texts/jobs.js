// The page of what failed and what was done.

export const texts = {
  "jobs.title": "Synchronization Log",
  "jobs.history": "What was done",
  "jobs.errors": "Coupled Data Synchronization Errors",
  "jobs.none": "Nothing failed.",
  "jobs.unread": "The failed couplings could not be read.",
  "jobs.select": "Select all failed",
  "jobs.selectOne": "Select {name}",
  "jobs.retry": "Retry",
  "jobs.retryOne": "Retry {name}",
  "jobs.retrying": "Retrying {done} of {count}…",
  "jobs.retried": "{count} synchronized, {failed} failed again.",
  "jobs.open": "Open pair",
  "jobs.openOf": "Open the pair {name}",
  "jobs.asks": "Both records changed, or NAV is newer. Open the pair to decide.",
  "jobs.gone": "One of the two records no longer exists.",
  "jobs.gone.next": "Open the pair to choose another record, or delete the coupling.",
};
