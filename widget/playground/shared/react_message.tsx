import { useEffect, useRef } from "react";
import { attach } from "../../src/index.js";

interface Props {
  endpoint: string;
  subject: string;
  text: string;
  onText: (text: string) => void;
}

/** A controlled field with suggestions. */
export function Message({ endpoint, subject, text, onText }: Props) {
  const field = useRef<HTMLTextAreaElement>(null);
  const newest = useRef(subject);
  useEffect(() => {
    newest.current = subject;
  }, [subject]);
  // No server runs effects, hydration is done before them, and in StrictMode the second run attaches anew.
  useEffect(() => {
    if (field.current === null) return;
    const handle = attach(field.current, { endpoint, context: () => ({ subject: newest.current }) });
    return () => handle.detach();
  }, [endpoint]);
  return <textarea ref={field} aria-label="Message" value={text} onChange={(event) => onText(event.target.value)} />;
}
