// Options: where Coupler is and which sites the panel may look at. The browser asks before it allows any.
import { api, cleanAddress, loadSettings, POLICY_NAMES, translate } from "./settings.js";

const text = api.i18n.getMessage;
const part = (id) => document.getElementById(id);
const isList = (name) => name.endsWith("Addresses");
const lines = (value) =>
  value
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

async function fill() {
  const settings = await loadSettings();
  for (const name of Object.keys(POLICY_NAMES)) {
    part(name).value = isList(name) ? settings[name].join("\n") : settings[name];
    part(name).disabled = settings.managed.has(name);
    part(`${name}-managed`).hidden = !settings.managed.has(name);
  }
}

/** What is to be stored, or the first text that is no address. */
function readForm() {
  const values = { company: part("company").value.trim() };
  const backend = part("backend").value;
  values.backend = cleanAddress(backend);
  if (values.backend === null) return { wrong: backend, field: "backend" };
  for (const field of ["crmAddresses", "navAddresses"]) {
    const given = lines(part(field).value);
    const wrong = given.find((line) => cleanAddress(line, { mayBeHttp: true }) === null);
    if (wrong !== undefined) return { wrong, field };
    values[field] = given.map((line) => cleanAddress(line, { mayBeHttp: true }));
  }
  return { values };
}

function permissionsFor(values) {
  // Without port, which Firefox does not take; a pattern without one means every port.
  const urls = [...values.crmAddresses, ...values.navAddresses].map((address) => new URL(address));
  return urls.map(({ protocol, hostname }) => `${protocol}//${hostname}/*`);
}

function save(event) {
  event.preventDefault();
  const { values, wrong, field } = readForm();
  for (const name of Object.keys(POLICY_NAMES)) part(name).removeAttribute("aria-invalid");
  if (!values) {
    part(field).setAttribute("aria-invalid", "true");
    part(field).focus();
    part("outcome").textContent = `${text("not_an_address")} ${wrong}`;
    return;
  }
  const origins = permissionsFor(values);
  // The browser takes the request only while the click counts, so it comes before anything is awaited.
  const allowed = origins.length ? api.permissions.request({ origins }) : Promise.resolve(true);
  const own = Object.fromEntries(Object.entries(values).filter(([name]) => !part(name).disabled));
  finish(own, allowed);
}

async function finish(values, allowed) {
  await api.storage.local.set(values);
  const isAllowed = await allowed.catch(() => false);
  part("outcome").textContent = text(isAllowed ? "saved" : "saved_without_access");
}

translate();
fill();
part("form").addEventListener("submit", save);
