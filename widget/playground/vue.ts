/** The guide's field for Vue, over what a server has written. */

import { createSSRApp, h, nextTick, ref } from "vue";
import { options, place } from "./page.js";
import { offerField, serverField } from "./shared/framework.js";
import Message from "./shared/Message.vue";

const text = ref("");
const subject = ref("Lunch");
place.append(serverField());
const app = createSSRApp(() =>
  h(Message, {
    endpoint: options.endpoint,
    subject: subject.value,
    modelValue: text.value,
    "onUpdate:modelValue": (written: string) => (text.value = written),
  }),
);
app.mount(place);
offerField(
  () => text.value,
  (written) => {
    text.value = written;
    (document.querySelector("textarea") as HTMLTextAreaElement).value = written;
    void nextTick();
  },
  (named) => (subject.value = named),
  () => app.unmount(),
);
