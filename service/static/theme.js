/** The colours that the writer chose, before the page is first painted. */
try {
  const theme = localStorage.getItem("inkling-theme");
  if (theme !== null) document.documentElement.dataset.theme = theme;
} catch {
  // The browser keeps nothing for this page: the colours are the system's.
}
