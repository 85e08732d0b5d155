// The button in the toolbar opens the panel. Pressing it lets the extension see that one tab's address (activeTab).
const api = globalThis.browser ?? globalThis.chrome;

api.action.onClicked.addListener((tab) => {
  // Both must be called while the click counts, so nothing is awaited before.
  if (api.sidePanel) api.sidePanel.open({ windowId: tab.windowId });
  else api.sidebarAction.open();
  // A panel that is already open hears that it may look again.
  api.runtime.sendMessage({ type: "look" }).catch(() => undefined);
});
