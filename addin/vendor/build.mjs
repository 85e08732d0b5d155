// Rebuilds vendor/lit.js from the pinned npm packages and records what it is made of.
// `node vendor/build.mjs --check` changes nothing and fails when the committed file is not what it would build.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const packages = ["lit", "lit-html", "lit-element", "@lit/reactive-element"];

const manifest = async (name) =>
  JSON.parse(await readFile(here(`../node_modules/${name}/package.json`), "utf8"));
const versions = Object.fromEntries(
  await Promise.all(packages.map(async (name) => [name, (await manifest(name)).version])),
);
const { license } = await manifest("lit");

const result = await build({
  entryPoints: [here("entry.js")],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  write: false,
  banner: { js: `/*! Lit ${versions.lit}, ${license}, see lit.LICENSE.txt; built by build.mjs */` },
});
const bundle = result.outputFiles[0].contents;
const record = {
  file: "lit.js",
  packages: versions,
  license,
  source: "https://github.com/lit/lit",
  sha256: createHash("sha256").update(bundle).digest("hex"),
};

if (process.argv.includes("--check")) {
  const committed = JSON.parse(await readFile(here("vendor.json"), "utf8"));
  if (committed.sha256 !== record.sha256) {
    console.error(`vendor/lit.js is not what build.mjs makes: ${committed.sha256} is not ${record.sha256}`);
    process.exit(1);
  }
} else {
  await writeFile(here("lit.js"), bundle);
  await writeFile(here("vendor.json"), `${JSON.stringify(record, null, 2)}\n`);
  await writeFile(here("lit.LICENSE.txt"), await readFile(here("../node_modules/lit/LICENSE")));
}
