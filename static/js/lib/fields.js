// What a form does while it is filled in: parts that come and go with a field, a preview, a guess. Sends nothing.

/** @param {string | undefined} name */
function valueOf(name) {
  const field = document.querySelector(`[name="${name}"]`);
  return field && 'value' in field ? String(field.value).trim() : '';
}

function arrange() {
  for (const part of document.querySelectorAll('[data-shown-with], [data-shown-without]'))
    if (part instanceof HTMLElement) {
      const { shownWith, shownWithout } = part.dataset;
      part.hidden = shownWith ? !valueOf(shownWith) : Boolean(valueOf(shownWithout));
    }
  for (const part of document.querySelectorAll('[data-shows]'))
    if (part instanceof HTMLElement) part.textContent = valueOf(part.dataset.shows);
}

/**
 * Keep what depends on a field in step with it: `data-shown-with=name` is there while that field holds something,
 * `data-shown-without=name` while it holds nothing, and `data-shows=name` reads as the field does.
 */
export function followFields() {
  if (!document.querySelector('[data-shown-with], [data-shown-without], [data-shows]')) return;
  document.addEventListener('input', arrange);
  arrange();
}

/** Choose the browser's own time zone in the field that a form names by `data-guess-zone`. */
export function guessZone() {
  const form = document.querySelector('[data-guess-zone]');
  if (!(form instanceof HTMLElement)) return;
  const field = document.getElementById(form.dataset.guessZone ?? '');
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (field instanceof HTMLSelectElement && [...field.options].some((option) => option.value === zone))
    field.value = zone;
}
