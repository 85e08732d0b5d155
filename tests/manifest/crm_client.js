// Xrm as the 2015 client has it, as 9.x has it, and not at all. What is opened is noted; anything else is missing.
window.opened = [];
window.open = (...given) => {
  opened.push(["window.open", ...given]);
  return null;
};

const CLIENT_URL = "https://org.crm4.example.com/A & B";

const SHAPES = {
  2015: () => ({
    Page: { context: { getClientUrl: () => CLIENT_URL } },
    Utility: { openWebResource: (...given) => opened.push(["openWebResource", ...given]) },
  }),
  "9.x": () => ({
    Utility: { getGlobalContext: () => ({ getClientUrl: () => CLIENT_URL }) },
    Navigation: {
      openUrl: (...given) => opened.push(["openUrl", ...given]),
      navigateTo: (...given) => {
        opened.push(["navigateTo", ...given]);
        return Promise.resolve();
      },
    },
  }),
  "9.x with panes": () => ({ ...SHAPES["9.x"](), App: { sidePanes: panes(() => Promise.resolve()) } }),
  "9.x whose panes refuse": () => ({
    ...SHAPES["9.x"](),
    App: { sidePanes: panes(() => Promise.reject(new Error("forms only"))) },
  }),
  "9.x without a context": () => ({ Navigation: SHAPES["9.x"]().Navigation }),
};

function panes(answer) {
  const there = {};
  return {
    getPane: (id) => there[id],
    createPane: (options) => {
      opened.push(["createPane", options]);
      there[options.paneId] = {
        navigate: (page) => {
          opened.push(["navigate", page]);
          return answer();
        },
      };
      return Promise.resolve(there[options.paneId]);
    },
  };
}

window.useClient = (shape) => {
  if (shape in SHAPES) window.Xrm = SHAPES[shape]();
};
