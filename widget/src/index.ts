/** Grey inline suggestions wherever people write mail. */

export { attach, attachAll } from "./attach.js";
export type { Adapter, EditorEvents } from "./dom/adapter.js";
export { editableAdapter } from "./dom/editable.js";
export { ghostElement, type Painted } from "./dom/ghost.js";
export type { Keys } from "./dom/keys.js";
export { isSeen } from "./dom/seen.js";
export { Listening, watch } from "./dom/watch.js";
export type { Schedule } from "./engine/pace.js";
export type {
  Answer,
  Complete,
  CompletionRequest,
  Context,
  DismissReason,
  Draft,
  Failure,
  Outcome,
  Shown,
  Trouble,
} from "./engine/types.js";
export type { Handle, HandleEvents } from "./handle.js";
export type { Options } from "./options.js";
export type { Bounds, Pause } from "./wishes.js";
export type { Eagerness } from "./client.js";
