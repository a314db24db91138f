// Asks before a page is left by accident, where browsers allow it. Only while told to: a listener that is always there
// would keep a page out of the browser's memory of pages gone back to.

/** @param {BeforeUnloadEvent} event */
function ask(event) {
  event.preventDefault();
  event.returnValue = true; // for browsers of before 2024
}

/** @param {boolean} stay whether leaving would be an accident */
export function askToStay(stay) {
  if (stay) addEventListener('beforeunload', ask);
  else removeEventListener('beforeunload', ask);
}
