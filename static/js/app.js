// entry: the clinic's pages.
import './lib/htmx.js';
