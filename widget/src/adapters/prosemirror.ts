/** `plugins: [inkling(options)]` for ProseMirror. */

import { closeHistory } from "prosemirror-history";
import { Plugin, PluginKey } from "prosemirror-state";
import { Decoration, DecorationSet } from "prosemirror-view";
import type { Options } from "../index.js";
import { makePlugin, type InklingPlugin } from "./prosemirror_plugin.js";

export function inkling(options: Options = {}): InklingPlugin {
  return makePlugin({ Plugin, PluginKey, Decoration, DecorationSet, closeHistory }, options);
}
