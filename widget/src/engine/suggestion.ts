/** One suggestion from its first showing to its end. */
export interface Suggestion {
  readonly id: string;
  /** Of the answer that said most of it. */
  confidence: number | null;
  /** The draft that was asked about. */
  readonly start: string;
  /** The draft with all of the answer taken. */
  full: string;
  /** The draft with the whole suggestion taken: as much of it as found room. */
  completion: string;
  /** Where the draft stands, somewhere between both. */
  prefix: string;
  /** When it reached the screen, in the clock's milliseconds; missing if it has not. */
  painted?: number;
  /** Characters that were inserted for the writer. */
  taken: number;
  /** How long `completion` was when it was read to the writer. */
  announced?: number;
  /** Whether a word was typed since it was asked last whether it goes on. */
  due?: boolean;
  /** When it grew, and the `completion` that had been visible for long enough until then. */
  grown?: number;
  steady?: string;
}

/** What is still to be shown. */
export const restOf = ({ completion, prefix }: Suggestion): string => completion.slice(prefix.length);
