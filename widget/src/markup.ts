/** What `<ink-compose>` is to TypeScript: in the DOM, and as a tag in JSX. Types only. */

import type { Eagerness } from "./client.js";
import type { InkComposeElement } from "./element.js";
import type { Options } from "./options.js";

/** Its attributes, and the property that a framework may set. */
export interface InkComposeAttributes {
  for?: string | undefined;
  endpoint?: string | undefined;
  user?: string | undefined;
  "min-confidence"?: number | string | undefined;
  eagerness?: Eagerness | undefined;
  edits?: boolean | "" | undefined;
  middle?: boolean | "" | undefined;
  options?: Options | undefined;
}

/** As a tag in JSX, where each library adds attributes of its own. */
export type InkComposeTag = InkComposeAttributes & { [attribute: string]: any };

declare global {
  interface HTMLElementTagNameMap {
    "ink-compose": InkComposeElement;
  }

  namespace JSX {
    interface IntrinsicElements {
      "ink-compose": InkComposeTag;
    }
  }
}

/** @ts-ignore: React 19 has a JSX of its own, and need not be there. */
declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "ink-compose": InkComposeTag;
    }
  }
}
