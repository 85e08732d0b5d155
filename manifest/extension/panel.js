// The panel beside a tab: the record it shows, and links to its partner and its coupling. It signs nobody in.
import { detect, linksFor } from "./detect.js";
import { api, loadSettings, translate } from "./settings.js";

const text = api.i18n.getMessage;
const part = (id) => document.getElementById(id);

async function activeTab() {
  const [tab] = await api.tabs.query({ active: true, currentWindow: true });
  return tab;
}

function show(id, isShown) {
  part(id).hidden = !isShown;
}

function showNotice(key) {
  part("notice").textContent = text(key);
  show("notice", true);
  show("record", false);
  show("links", false);
}

function showRecord(record, backend) {
  const links = linksFor(record, backend);
  part("record").textContent =
    record.system === "crm" ? `Dynamics CRM ${record.key}` : `Dynamics NAV ${record.key}`;
  part("partner").textContent = text(record.system === "crm" ? "open_in_nav" : "open_in_crm");
  part("partner").href = links.partner;
  part("coupling").href = links.coupling;
  show("notice", false);
  show("record", true);
  show("links", true);
}

async function look() {
  const settings = await loadSettings();
  const tab = await activeTab();
  part("build").textContent = `${settings.version} ${settings.backend}`;
  if (!settings.backend) return showNotice("address_tip");
  if (!tab?.url) return showNotice("no_access");
  const record = detect(tab.url, settings);
  return record ? showRecord(record, settings.backend) : showNotice("no_record");
}

translate();
look();
api.tabs.onActivated.addListener(look);
api.tabs.onUpdated.addListener((_id, change) => {
  if (change.url || change.status === "complete") look();
});
api.windows.onFocusChanged.addListener(look);
api.storage.onChanged.addListener(look);
api.permissions.onAdded.addListener(look);
api.permissions.onRemoved.addListener(look);
api.runtime.onMessage.addListener((message) => {
  if (message?.type === "look") look();
});
