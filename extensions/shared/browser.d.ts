/** The part of the browsers' extension API that is used here. Chromium and Firefox both have it, with promises. */

declare namespace chrome {
  interface Event<Listener> {
    addListener(listener: Listener): void;
  }

  interface Tab {
    id?: number;
    url?: string;
  }

  interface Sender {
    tab?: Tab;
    frameId?: number;
    url?: string;
    origin?: string;
  }

  interface ContentScript {
    id: string;
    matches?: string[];
    js?: string[];
    allFrames?: boolean;
    matchOriginAsFallback?: boolean;
    persistAcrossSessions?: boolean;
    runAt?: "document_idle";
  }

  const runtime: {
    readonly id: string | undefined;
    sendMessage(message: unknown): Promise<unknown>;
    openOptionsPage(): Promise<void>;
    readonly onMessage: Event<(message: unknown, sender: Sender, reply: (answer: unknown) => void) => true | void>;
    readonly onInstalled: Event<() => void>;
    readonly onStartup: Event<() => void>;
  };

  const storage: {
    readonly local: {
      get(keys: string[]): Promise<Record<string, unknown>>;
      set(values: Record<string, unknown>): Promise<void>;
      setAccessLevel?(access: { accessLevel: "TRUSTED_CONTEXTS" }): Promise<void>;
    };
    /** In memory until the program ends. */
    readonly session: {
      get(keys: string[]): Promise<Record<string, unknown>>;
      set(values: Record<string, unknown>): Promise<void>;
      remove(keys: string[]): Promise<void>;
    };
  };

  interface Origins {
    origins: string[];
  }

  const permissions: {
    request(wanted: Origins): Promise<boolean>;
    contains(wanted: Origins): Promise<boolean>;
    remove(given: Origins): Promise<boolean>;
    readonly onAdded: Event<(added: Partial<Origins>) => void>;
    readonly onRemoved: Event<(removed: Partial<Origins>) => void>;
  };

  const scripting: {
    getRegisteredContentScripts(filter: { ids: string[] }): Promise<ContentScript[]>;
    registerContentScripts(scripts: ContentScript[]): Promise<void>;
    updateContentScripts(scripts: ContentScript[]): Promise<void>;
    unregisterContentScripts(filter: { ids: string[] }): Promise<void>;
    executeScript(injection: { target: { tabId: number; allFrames: boolean }; files: string[] }): Promise<unknown>;
  };

  const tabs: {
    query(filter: { active?: boolean; currentWindow?: boolean; url?: string }): Promise<Tab[]>;
    sendMessage(tab: number, message: unknown): Promise<unknown>;
  };

  const action: {
    setBadgeText(badge: { tabId: number; text: string }): Promise<void>;
    setBadgeBackgroundColor(badge: { tabId: number; color: string }): Promise<void>;
    setTitle(title: { tabId: number; title: string }): Promise<void>;
  };
}
