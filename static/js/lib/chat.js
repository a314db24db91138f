// Chat: from browser to browser, kept nowhere; gone with the page.

/**
 * @param {object} setup
 * @param {(text: string) => boolean} setup.say
 * @param {string} setup.other the other's name
 * @param {HTMLElement} setup.button opens and closes it, and counts what is unread
 */
export function openChat({ say, other, button }) {
  const box = /** @type {HTMLElement} */ (document.getElementById('chat-box'));
  const list = /** @type {HTMLElement} */ (document.getElementById('chat-list'));
  const form = /** @type {HTMLFormElement} */ (document.getElementById('chat-form'));
  const input = /** @type {HTMLInputElement} */ (document.getElementById('chat-text'));
  let unread = 0;

  /** @param {string} who @param {string} text @param {string} kind */
  function add(who, text, kind) {
    const line = document.createElement('p');
    line.className = kind;
    const name = document.createElement('strong');
    name.textContent = who;
    line.append(name, ` ${text}`);
    list.append(line);
    list.scrollTop = list.scrollHeight;
  }

  /** @param {boolean} open */
  function show(open) {
    box.hidden = !open;
    button.setAttribute('aria-expanded', String(open));
    if (!open) {
      button.focus();
      return;
    }
    unread = 0;
    label();
    input.focus();
  }

  function label() {
    button.setAttribute('aria-description', unread ? `${unread} new` : '');
    button.toggleAttribute('data-unread', unread > 0);
  }

  button.setAttribute('aria-expanded', 'false');
  button.addEventListener('click', () => show(!!box.hidden));
  document.getElementById('chat-close')?.addEventListener('click', () => show(false));
  box.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') show(false);
  });
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (!text) return;
    if (say(text)) {
      add('You', text, 'mine');
      input.value = '';
    } else add('', 'Not sent: there is no connection at this moment. Your words are still in the box.', 'fault');
  });

  return {
    /** Show what the other wrote. @param {unknown} text */
    heard(text) {
      if (typeof text !== 'string' || !text) return;
      add(other, text.slice(0, 1000), 'theirs');
      if (box.hidden) {
        unread += 1;
        label();
      }
    },
    close() {
      box.hidden = true;
      list.replaceChildren();
    },
  };
}
