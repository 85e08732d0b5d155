// What a page part with the viewer does: shows the pane of the record, and does what the pane asks of its host.
import { WebPageViewer } from "./web-page-viewer.js";

for (const place of document.querySelectorAll("[data-viewer]")) {
  const { coupler, pane, key, company, sandbox } = place.dataset;
  const context = { system: "nav", table: "salesperson", key, company, lcid: "1033" };
  const page = (view) => `${coupler}/${view}?${new URLSearchParams(context)}`;
  // For whoever wants to see what was said.
  window.heard = [];

  new WebPageViewer(
    place,
    {
      ControlAddInReady(_callbackUrl, viewer) {
        this.viewer = viewer;
        viewer.SubscribeToEvent("message", `${coupler}/`);
        try {
          viewer.Navigate(pane);
        } catch (error) {
          const line = document.createElement("p");
          line.className = "refused";
          line.textContent = error.message;
          place.replaceChildren(line);
        }
      },
      Callback(text) {
        const message = JSON.parse(text);
        if (message.v !== 1) return;
        window.heard.push(message);
        const answer = JSON.stringify({ v: 1, type: "context", id: message.id, payload: context });
        if (message.type === "ready") this.viewer.PostMessage(answer, coupler, true);
        if (message.type === "open") window.open(page(message.payload.view === "pane" ? "pane" : "couple"), "_blank");
      },
    },
    { httpsOnly: "httpsOnly" in place.dataset, sandbox },
  );
}
