/** Imports go one way: the engine knows no DOM, the DOM no handle, and adapters only what everybody may import. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const MAY_IMPORT: Record<string, RegExp> = {
  engine: /^\.\/\w+\.js$/,
  dom: /^(\.|\.\.\/engine)\/\w+\.js$/,
  adapters: /^(\.\/\w+\.js|\.\.\/index\.js|(?!\.).+)$/,
};

for (const [folder, allowed] of Object.entries(MAY_IMPORT)) {
  test(`${folder}/ imports nothing from above`, () => {
    const found: string[] = [];
    for (const name of readdirSync(`src/${folder}`)) {
      const text = readFileSync(`src/${folder}/${name}`, "utf8");
      for (const [, source] of text.matchAll(/from "([^"]+)"|import\("([^"]+)"\)/g)) {
        found.push(source as string);
        assert.match(source as string, allowed, `${folder}/${name}`);
      }
    }
    assert.ok(found.length > 3);
  });
}
