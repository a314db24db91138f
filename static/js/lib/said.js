// Says what has changed in a list that is replaced as a whole: once, and only the lines that read differently.

/** @param {ParentNode} root */
const lines = (root) =>
  new Map(
    [...root.querySelectorAll('[data-says]')].map((line) => [line.querySelector('a')?.id, line.getAttribute('data-says')]),
  );

/**
 * Return what to say of a list after it has changed: lines that are new or read differently than before.
 * @param {Map<string | undefined, string | null>} before
 * @param {Map<string | undefined, string | null>} after
 */
const news = (before, after) => [...after].filter(([key, line]) => before.get(key) !== line).map(([, line]) => line);

/**
 * Speak the changes of `#diary-list` through `#said`, and name in the tab's title who is ready.
 */
export function tellChanges() {
  const region = document.getElementById('said');
  const list = () => document.getElementById('diary-list');
  if (!region || !list()) return;
  const title = document.title;
  let before = lines(document);
  const look = () => {
    const after = lines(document);
    const said = news(before, after);
    before = after;
    if (said.length) region.textContent = said.join('. ');
    const ready = [...document.querySelectorAll('[data-ready]')].map((line) => line.getAttribute('data-ready'));
    document.title = ready.length ? `${ready.join(', ')} ${ready.length > 1 ? 'are' : 'is'} ready · ${title}` : title;
  };
  document.body.addEventListener('htmx:afterSwap', look);
  look();
}
