declare module "*.vue" {
  const component: import("vue").Component;
  export default component;
}

declare module "*.svelte" {
  const component: import("svelte").Component<{ endpoint: string; subject: string; text?: string }>;
  export default component;
}
