/** How numbers, times and spans are written. */

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * A local moment, so many hours after the start of the run.
 * @param {string} start local time as ISO text, without a zone
 * @param {number} hours
 * @returns {Date} its UTC fields are the local ones
 */
export const moment = (start, hours) => new Date(Date.parse(`${start}Z`) + hours * 3600e3);

/** @param {string} start @param {number} hours @returns {string} such as "Tue 30 Aug, 13:30" */
export function time(start, hours) {
  const at = moment(start, hours);
  const clock = at.toISOString().slice(11, 16);
  return `${DAYS[at.getUTCDay()]} ${day(start, hours)}, ${clock}`;
}

/** @param {string} start @param {number} hours @returns {string} such as "30 Aug" */
export function day(start, hours) {
  const at = moment(start, hours);
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]}`;
}

/** @param {number} value @param {number} [digits] significant ones @returns {string} */
export function number(value, digits = 3) {
  if (!Number.isFinite(value)) return "–";
  const text = Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(digits));
  return text.toLocaleString("en-GB", { maximumFractionDigits: 8 }).replace("-", "−");
}

/** @param {number} value @returns {string} with its sign */
export const signed = (value) => (value > 0 ? "+" : "") + number(value);

/** @param {number} hours @returns {string} such as "2 d" or "90 min" */
export function span(hours) {
  if (hours >= 48) return `${number(hours / 24)} d`;
  return hours < 1 && hours > 0 ? `${number(hours * 60)} min` : `${number(hours)} h`;
}

/**
 * The value of a control in words.
 * @param {{kind: string, unit: string}} control
 * @param {number} value
 * @param {string} start
 */
export function value(control, value, start) {
  if (control.kind === "local time") return time(start, value);
  if (control.kind === "duration") return span(value);
  if (control.kind === "rate") return `${number(value * 24)} a day`;
  if (control.unit === "share") return `${number(value * 100)} %`;
  return number(value);
}
