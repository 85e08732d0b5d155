// The part of CRM's client API that ribbon scripts and web resources use, in the shape of CRM 2015, of 9.x, or none
// at all (surfaces 1.4). Every call is noted in `Xrm.calls`.
(() => {
  const { shape, entity, record, organization, lcid } = document.currentScript.dataset;
  const calls = [];
  const noted = (name, answer) => (...given) => {
    calls.push([name, ...given]);
    return answer?.(...given);
  };
  const braced = `{${record.toUpperCase()}}`;

  function openPage(name, data) {
    const query = data ? `?data=${encodeURIComponent(data)}` : "";
    return window.open(`/WebResources/${name}${query}`, "_blank");
  }

  const shapes = {
    2015: () => ({
      Page: {
        data: { entity: { getId: () => braced, getEntityName: () => entity } },
        context: {
          getClientUrl: () => organization,
          getOrgUniqueName: () => "sandbox",
          getUserLcid: () => Number(lcid),
          getOrgLcid: () => 1033,
        },
      },
      Utility: { openWebResource: noted("Utility.openWebResource", openPage) },
    }),
    9: () => {
      const panes = new Map();
      const pane = (options) => ({ ...options, navigate: noted("pane.navigate", () => Promise.resolve()), select: noted("pane.select") });
      return {
        Utility: {
          getGlobalContext: () => ({
            getClientUrl: () => organization,
            organizationSettings: { uniqueName: "sandbox", languageId: 1033 },
            userSettings: { languageId: Number(lcid) },
          }),
          getPageContext: () => ({ input: { pageType: "entityrecord", entityName: entity, entityId: braced } }),
        },
        Navigation: {
          openUrl: noted("Navigation.openUrl", (url) => void window.open(url, "_blank", "noopener")),
          navigateTo: noted("Navigation.navigateTo", () => Promise.resolve()),
        },
        App: {
          sidePanes: {
            state: 0,
            createPane: noted("App.sidePanes.createPane", (options) => {
              panes.set(options.paneId, pane(options));
              return Promise.resolve(panes.get(options.paneId));
            }),
            getPane: (id) => panes.get(id),
            getSelectedPane: () => [...panes.values()].at(-1),
          },
        },
      };
    },
  };
  if (shapes[shape]) window.Xrm = { ...shapes[shape](), calls };
})();
