/** Builds the plugin's script from the widget's sources: inkling/inkling.min.js. */

import { build } from "esbuild";
import { fileURLToPath } from "node:url";

await build({
  absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
  entryPoints: ["compose.ts"],
  outfile: "inkling/inkling.min.js",
  bundle: true,
  format: "iife",
  target: "es2020",
  charset: "utf8",
  minify: true,
  legalComments: "none",
});
