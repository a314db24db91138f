// htmx, set up for a page without inline style or script, and for answers that are pages whatever their status.
// @ts-ignore: htmx ships no types for this entry
import htmx from 'htmx.org/dist/htmx.esm.js';

Object.assign(htmx.config, {
  includeIndicatorStyles: false,
  allowEval: false,
  allowScriptTags: false,
  selfRequestsOnly: true,
  historyEnabled: false,
  defaultSettleDelay: 0,
  timeout: 15000,
  // 204: nothing new. 410 and 422 are screens like any other. The rest leaves the page as it is.
  responseHandling: [
    { code: '204', swap: false },
    { code: '[23]..', swap: true },
    { code: '410', swap: true },
    { code: '422', swap: true },
    { code: '...', swap: false, error: true },
  ],
});

export default htmx;
