/** The part of Thunderbird's own API that is used here. */

declare namespace messenger {
  interface Event<Listener> {
    addListener(listener: Listener): void;
  }

  interface Identity {
    id: string;
    email: string;
    name: string;
    label: string;
  }

  interface ComposeDetails {
    identityId?: string;
    subject?: string;
    to?: string | string[];
    isPlainText?: boolean;
    body?: string;
    plainTextBody?: string;
    type?: "draft" | "new" | "redirect" | "reply" | "forward";
    relatedMessageId?: number;
  }

  interface Part {
    contentType?: string;
    body?: string;
    parts?: Part[];
  }

  const identities: { list(): Promise<Identity[]> };

  const compose: {
    getComposeDetails(tab: number): Promise<ComposeDetails>;
    readonly onBeforeSend: Event<(tab: { id: number }) => Promise<void>>;
    readonly onAfterSend: Event<(tab: { id: number }, sent: { error?: string; mode?: string }) => void>;
    readonly onIdentityChanged: Event<(tab: { id: number }) => void>;
  };

  const composeAction: {
    readonly onClicked: Event<(tab: { id: number }) => void>;
    setBadgeText(badge: { tabId: number; text: string }): Promise<void>;
    setTitle(title: { tabId: number; title: string }): Promise<void>;
  };

  const messages: { getFull(id: number): Promise<Part> };

  const scripting: {
    readonly compose: {
      getRegisteredScripts(filter: { ids: string[] }): Promise<unknown[]>;
      registerScripts(scripts: { id: string; js: string[] }[]): Promise<void>;
    };
    executeScript(injection: { target: { tabId: number }; files: string[] }): Promise<unknown>;
  };

  const tabs: {
    query(filter: { type: "messageCompose" }): Promise<{ id: number }[]>;
    sendMessage(tab: number, message: unknown): Promise<unknown>;
    readonly onRemoved: Event<(tab: number) => void>;
  };
}
