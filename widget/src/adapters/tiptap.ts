/** `extensions: [Inkling.configure(options)]` for TipTap. */

import { Extension } from "@tiptap/core";
import { closeHistory } from "@tiptap/pm/history";
import { Plugin, PluginKey } from "@tiptap/pm/state";
import { Decoration, DecorationSet } from "@tiptap/pm/view";
import type { Options } from "../index.js";
import { makePlugin, type InklingPlugin } from "./prosemirror_plugin.js";

declare module "@tiptap/core" {
  interface Storage {
    inkling: { plugin: InklingPlugin | null };
  }
}

/** `editor.storage.inkling.plugin.handle` is the handle. */
export const Inkling = Extension.create<Options, { plugin: InklingPlugin | null }>({
  name: "inkling",
  addStorage() {
    return { plugin: null };
  },
  addProseMirrorPlugins() {
    const plugin = makePlugin({ Plugin, PluginKey, Decoration, DecorationSet, closeHistory }, this.options);
    this.storage.plugin = plugin;
    return [plugin];
  },
});
