// Two small elements that render themselves: a moment in the reader's own time zone, and the time until a moment.

class LocalTime extends HTMLElement {
  connectedCallback() {
    const when = new Date(this.getAttribute('datetime') ?? '');
    const zone = this.getAttribute('zone') ?? 'UTC';
    /** @param {string | undefined} timeZone @param {Intl.DateTimeFormatOptions} parts */
    const show = (timeZone, parts) => new Intl.DateTimeFormat('en-GB', { ...parts, timeZone }).format(when);
    const time = /** @type {const} */ ({ hour: '2-digit', minute: '2-digit' });
    const full = /** @type {const} */ ({ weekday: 'long', day: 'numeric', month: 'long', ...time });
    const mine = show(undefined, full);
    const theirs = show(zone, full);
    const place = zone.split('/').pop()?.replace(/_/g, ' ');
    if (mine === theirs) this.textContent = mine;
    else {
      const sameDay = mine.split(' at ')[0] === theirs.split(' at ')[0];
      this.textContent = `${mine} your time (${sameDay ? show(zone, time) : theirs} in ${place})`;
    }
  }
}

class CountDown extends HTMLElement {
  /** @type {ReturnType<typeof setInterval> | undefined} */
  timer;

  connectedCallback() {
    const to = Date.parse(this.getAttribute('to') ?? '');
    const show = () => {
      const left = Math.max(0, Math.ceil((to - Date.now()) / 1000));
      const [days, hours, minutes] = [Math.floor(left / 86400), Math.floor(left / 3600) % 24, Math.floor(left / 60) % 60];
      if (days) this.textContent = `${days} ${days === 1 ? 'day' : 'days'} and ${hours} h`;
      else if (hours) this.textContent = `${hours} h ${minutes} min`;
      else this.textContent = minutes >= 2 ? `${minutes} minutes` : `${left} seconds`;
      // Clocks differ: it is asked again for a while, in case the server's is not there yet.
      const past = Math.floor((Date.now() - to) / 1000);
      if (past >= 0 && (past & (past - 1)) === 0) document.body.dispatchEvent(new Event('changed'));
    };
    this.timer = setInterval(show, 1000);
    show();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }
}

customElements.define('local-time', LocalTime);
customElements.define('count-down', CountDown);
