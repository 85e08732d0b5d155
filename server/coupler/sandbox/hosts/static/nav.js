// Ribbon tabs, the Coupling menu and the selected row. Without it everything is shown and the first row counts.

const step = (items, from, key) => {
  const keys = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  if (key === "Home") return items[0];
  if (key === "End") return items.at(-1);
  return key in keys ? items.at((items.indexOf(from) + keys[key]) % items.length) : null;
};

function tabs(ribbon) {
  const all = [...ribbon.querySelectorAll("[role=tab]")];
  const show = (tab) => {
    for (const one of all) {
      const selected = one === tab;
      one.setAttribute("aria-selected", String(selected));
      one.tabIndex = selected ? 0 : -1;
      document.getElementById(one.getAttribute("aria-controls")).hidden = !selected;
    }
  };
  ribbon.querySelector("[role=tablist]").addEventListener("keydown", (event) => {
    const next = step(all, event.target, event.key);
    if (!next) return;
    event.preventDefault();
    show(next);
    next.focus();
  });
  for (const tab of all) tab.addEventListener("click", () => show(tab));
  show(all[0]);
}

function menu(drop) {
  const button = drop.querySelector("button");
  const list = drop.querySelector("[role=menu]");
  const items = [...list.querySelectorAll("[role=menuitem]")];
  const toggle = (open) => {
    list.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    if (open) items[0].focus();
  };
  for (const item of items) item.tabIndex = -1;
  button.addEventListener("click", () => toggle(list.hidden));
  button.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    toggle(true);
  });
  list.addEventListener("keydown", (event) => {
    const next = step(items, event.target, event.key);
    if (next) {
      event.preventDefault();
      next.focus();
    } else if (event.key === "Escape") {
      toggle(false);
      button.focus();
    }
  });
  list.addEventListener("click", () => {
    toggle(false);
    button.focus();
  });
  drop.addEventListener("focusout", (event) => {
    if (!drop.contains(event.relatedTarget)) toggle(false);
  });
  toggle(false);
}

function rows(table) {
  const all = [...table.tBodies[0].rows];
  const select = (row) => {
    for (const one of all) {
      one.setAttribute("aria-selected", String(one === row));
      one.tabIndex = one === row ? 0 : -1;
    }
    for (const action of document.querySelectorAll("a[data-action]")) {
      action.href = row.getAttribute(`data-${action.dataset.action}`);
    }
  };
  table.addEventListener("click", (event) => {
    const row = event.target.closest("tbody tr");
    if (row) select(row);
  });
  table.addEventListener("keydown", (event) => {
    const row = event.target.closest("tbody tr");
    if (!row || !["ArrowUp", "ArrowDown", "Home", "End"].includes(event.key)) return;
    event.preventDefault();
    const next = step(all, row, event.key);
    select(next);
    next.focus();
  });
}

document.querySelectorAll("[data-ribbon]").forEach(tabs);
document.querySelectorAll("[data-drop]").forEach(menu);
document.querySelectorAll("[data-rows]").forEach(rows);
