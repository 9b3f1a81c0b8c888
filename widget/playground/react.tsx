/** The guide's field for React: controlled, in StrictMode, over what a server has written. */

import { StrictMode, useEffect, useState } from "react";
import { flushSync } from "react-dom";
import { hydrateRoot } from "react-dom/client";
import { options, place } from "./page.js";
import { offerField, serverField } from "./shared/framework.js";
import { Message } from "./shared/react_message.js";

let state = "";
let offered = false;
let setText: (text: string) => void;
let setSubject: (text: string) => void;

function App() {
  const [text, set] = useState("");
  const [subject, name] = useState("Lunch");
  state = text;
  setText = set;
  setSubject = name;
  // Effects run some time after hydration, those of what is within before these.
  useEffect(() => {
    if (offered) return;
    offered = true;
    offerField(
      () => state,
      (text) => flushSync(() => setText(text)),
      (text) => flushSync(() => setSubject(text)),
      () => root.unmount(),
    );
  }, []);
  return <Message endpoint={options.endpoint} subject={subject} text={text} onText={set} />;
}

place.append(serverField());
const app = (
  <StrictMode>
    <App />
  </StrictMode>
);
const root = hydrateRoot(place, app, { onRecoverableError: reportError });
