/** The guide's field for React: controlled, in StrictMode, over what a server has written. */

import { StrictMode, useState } from "react";
import { flushSync } from "react-dom";
import { hydrateRoot } from "react-dom/client";
import { options, place } from "./page.js";
import { offerField, serverField } from "./shared/framework.js";
import { Message } from "./shared/react_message.js";

let state = "";
let setText: (text: string) => void;
let setSubject: (text: string) => void;

function App() {
  const [text, set] = useState("");
  const [subject, name] = useState("Lunch");
  state = text;
  setText = set;
  setSubject = name;
  return <Message endpoint={options.endpoint} subject={subject} text={text} onText={set} />;
}

place.append(serverField());
const app = (
  <StrictMode>
    <App />
  </StrictMode>
);
const root = hydrateRoot(place, app, { onRecoverableError: reportError });
const look = setInterval(() => {
  // Effects run some time after hydration.
  if (!document.querySelector("[writingsuggestions]")) return;
  clearInterval(look);
  offerField(
    () => state,
    (text) => flushSync(() => setText(text)),
    (text) => flushSync(() => setSubject(text)),
    () => root.unmount(),
  );
}, 10);
