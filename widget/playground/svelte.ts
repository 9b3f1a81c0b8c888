/** The guide's field for Svelte, over what a server has written. */

import { flushSync, hydrate, unmount } from "svelte";
import { options, place } from "./page.js";
import { offerField, serverField } from "./shared/framework.js";
import Message from "./shared/Message.svelte";

let state = "";
let subject = "Lunch";
const props = {
  endpoint: options.endpoint,
  get subject() {
    return subject;
  },
  get text() {
    return state;
  },
  set text(written: string) {
    state = written;
  },
};
place.append(document.createComment("["), serverField(), document.createComment("]"));
const app = hydrate(Message, { target: place, props });
flushSync();
offerField(
  () => state,
  (text) => {
    state = text;
    (document.querySelector("textarea") as HTMLTextAreaElement).value = text;
  },
  (named) => (subject = named),
  () => void unmount(app),
);
