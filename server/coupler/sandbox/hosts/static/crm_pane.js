// A web resource on a form: frames the pane with the record CRM appends to its address, and does what the pane asks
// of its host. It builds addresses from its own setting and from ids only.
(() => {
  const { coupler, organization } = document.body.dataset;
  const frame = document.querySelector("iframe");
  const given = new URLSearchParams(location.search);
  const context = { system: "crm", entity: given.get("typename"), id: given.get("id"), org: organization, lcid: given.get("userlcid") };
  const page = (view) => `${coupler}/${view}?${new URLSearchParams(context)}`;
  // A frame that may open nothing itself has CRM open it, where that can.
  const open = (url) => (parent.Xrm?.Navigation ? parent.Xrm.Navigation.openUrl(url) : window.open(url, "_blank"));
  // For whoever wants to see what was said.
  window.heard = [];

  addEventListener("message", ({ source, origin, data }) => {
    if (source !== frame.contentWindow || origin !== coupler || data?.v !== 1) return;
    window.heard.push(data);
    if (data.type === "ready") source.postMessage({ v: 1, type: "context", id: data.id, payload: context }, coupler);
    if (data.type === "open") open(page(data.payload.view === "pane" ? "pane" : "couple"));
  });
  frame.src = page("pane");
})();
