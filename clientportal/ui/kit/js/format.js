// Money, dates and numbers in the language of the page.
import digits, { whole } from "./i18n/digits.js";
import { integer, locale } from "./i18n.js";

// Currencies whose amounts carry decimals only when there are any.
const WHOLE = new Set(whole);
export const NBSP = "\u00a0";

export const digitsOf = (currency) => digits[currency] ?? 2;

// How many decimals an amount shows: `shown` holds the codes of a column that needs them.
const decimalsFor = (minor, currency, shown) => {
  const all = digitsOf(currency);
  if (!all || !WHOLE.has(currency) || shown.includes(currency)) return all;
  return minor % 10 ** all === 0 ? 0 : all;
};

// Codes of the currencies of a list that need decimals somewhere, so that a column lines up.
export const columnDecimals = (rows, field, code) =>
  [...new Set((rows ?? []).filter((r) => WHOLE.has(r[code]) && r[field] % 10 ** digitsOf(r[code])).map((r) => r[code]))].join(" ");

const cache = new Map();
const numberFormat = (lang, options) => {
  const key = lang + JSON.stringify(options);
  let made = cache.get(key);
  if (!made) cache.set(key, (made = new Intl.NumberFormat(locale(lang), options)));
  return made;
};

// {sign, whole, decimals}: the figure cut at its decimals, minus as U+2212.
export const figure = (minor, currency, lang, shown = "", sign = false) => {
  const all = digitsOf(currency);
  const n = decimalsFor(minor, currency, shown);
  const text = numberFormat(lang, {
    useGrouping: "always", minimumFractionDigits: n, maximumFractionDigits: n,
  }).format(Math.abs(minor) / 10 ** all);
  return {
    sign: minor < 0 ? "\u2212" : sign && minor > 0 ? "+" : "",
    whole: n ? text.slice(0, -n - 1) : text,
    decimals: n ? text.slice(-n - 1) : "",
  };
};

export const moneyText = (minor, currency, lang) => {
  if (minor === null || minor === undefined) return "";
  const f = figure(minor, currency, lang);
  return `${currency}${NBSP}${f.sign}${f.whole}${f.decimals}`;
};

// Words that the browser writes count as ours: the pseudo language brackets them as well.
const ours = (text, lang) => (lang === "xx" && text ? `\u27e6${text}\u27e7` : text);

// "4318500 pesos colombianos", for ears.
export const spokenMoney = (minor, currency, lang) =>
  ours(numberFormat(lang, {
    style: "currency", currency, currencyDisplay: "name", useGrouping: false,
    minimumFractionDigits: 0, maximumFractionDigits: digitsOf(currency),
  }).format(minor / 10 ** digitsOf(currency)), lang);

// A decimal number as the server writes it ("1234.5").
// The size of a file: whole kilobytes (at least one), from a megabyte on with one decimal.
export const sizeText = (bytes, lang) => bytes < 1048576
  ? `${numberFormat(lang, { maximumFractionDigits: 0 }).format(Math.max(1, bytes / 1024))}${NBSP}KB`
  : `${numberFormat(lang, { maximumFractionDigits: 1 }).format(bytes / 1048576)}${NBSP}MB`;

export const numberText = (text, lang) => numberFormat(lang, { maximumFractionDigits: 6 }).format(Number(text));

// A price per unit: the currency's decimals, more if it has them, none where a whole figure needs none.
export const priceText = (text, currency, lang) => {
  const least = WHOLE.has(currency) && Number.isInteger(Number(text)) ? 0 : digitsOf(currency);
  return numberFormat(lang, { minimumFractionDigits: least, maximumFractionDigits: 6 }).format(Number(text));
};

const dates = new Map();
const dateFormat = (lang, options) => {
  const key = lang + JSON.stringify(options);
  let made = dates.get(key);
  if (!made) dates.set(key, (made = new Intl.DateTimeFormat(locale(lang), options)));
  return made;
};

const parts = (at, lang, options) => {
  const out = {};
  for (const p of dateFormat(lang, options).formatToParts(at)) out[p.type] = p.value.replace(/\.$/, "");
  return out;
};

const ordered = (p, lang) => (lang === "en" ? `${p.month} ${p.day}` : `${p.day} ${p.month}`);

const dated = (at, style, lang, zone) => {
  const base = { timeZone: zone, day: "numeric" };
  if (style === "long") return dateFormat(lang, { ...base, month: "long", year: "numeric" }).format(at);
  if (style === "weekday") return dateFormat(lang, { ...base, weekday: "long", month: "long" }).format(at);
  const p = parts(at, lang, { ...base, month: "short", year: "numeric" });
  if (style === "month") return `${p.month} ${p.year}`;
  const other = style === "year" || Number(p.year) !== new Date().getFullYear();
  if (!other) return ordered(p, lang);
  return lang === "en" ? `${ordered(p, lang)}, ${p.year}` : `${ordered(p, lang)} ${p.year}`;
};

// A calendar day "2026-11-19": "19 nov", with its year when it is not this one.
export const dayText = (iso, style, lang, zone = "UTC") => {
  if (!iso) return "";
  const at = new Date(iso.length === 10 ? `${iso}T00:00:00Z` : iso);
  if (Number.isNaN(at.getTime())) return "";
  return ours(dated(at, style, lang, zone), lang);
};

export const timeText = (iso, lang, zone) => {
  const at = new Date(iso);
  if (!iso || Number.isNaN(at.getTime())) return "";
  const text = dateFormat(lang, { timeZone: zone, hour: "numeric", minute: "2-digit", hour12: true }).format(at);
  return ours((lang === "en" ? text.toLowerCase() : text).replace(/[\u202f\s]/g, NBSP), lang);
};

export const momentText = (iso, zone, style, lang) => {
  if (!iso) return "";
  const where = zone || undefined;
  if (style === "time") return timeText(iso, lang, where);
  if (style === "day") return dayText(iso, "short", lang, where);
  return `${dayText(iso, "short", lang, where)}, ${timeText(iso, lang, where)}`;
};

export const percentText = (fraction, lang) => {
  const text = numberFormat(lang, { maximumFractionDigits: 1 }).format(fraction * 100);
  return lang === "en" ? `${text}%` : `${text}${NBSP}%`;
};

export const countText = (n, capped, lang) => `${integer(n ?? 0, lang)}${capped ? "+" : ""}`;

const STEPS = [[60, "second", 1], [3600, "minute", 60], [86400, "hour", 3600], [2592000, "day", 86400], [31536000, "month", 2592000]];
// "hace 12 s", "hace 4 min", "ayer".
export const relativeText = (iso, lang, now = Date.now()) => {
  const seconds = Math.round((new Date(iso).getTime() - now) / 1000);
  if (Number.isNaN(seconds)) return "";
  const [, unit, size] = STEPS.find(([limit]) => Math.abs(seconds) < limit) ?? [0, "year", 31536000];
  const style = unit === "second" || unit === "minute" || unit === "hour" ? "short" : "long";
  const made = new Intl.RelativeTimeFormat(locale(lang), { numeric: "auto", style });
  return ours(made.format(Math.trunc(seconds / size), unit).replace(/(\b(?:min|seg?|h))\./, "$1"), lang);
};
