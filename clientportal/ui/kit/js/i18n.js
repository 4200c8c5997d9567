// Language of the page: one store, catalogues per face, no round trip to switch.
import { useSyncExternalStore } from "react";

const faces = new Map();
const listeners = new Set();
const browser = typeof document !== "undefined";
let lang = "es"; // what texts and formats use now
let version = 0;

export const cookie = (name) =>
  browser ? (document.cookie.match(`(?:^|; )${name}=([^;]*)`)?.[1] ?? "") : "";

export const setCookie = (name, value) => {
  const age = value ? 31536000 : 0;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${value}; Path=/; Max-Age=${age}; SameSite=Lax${secure}`;
};

const wanted = () => {
  const chosen = cookie("lang");
  if (["es", "en", "xx"].includes(chosen)) return chosen;
  return (navigator.language ?? "").startsWith("en") ? "en" : "es";
};

const publish = (next) => {
  lang = next;
  version += 1;
  document.documentElement.lang = next === "en" ? "en" : "es";
  for (const tell of listeners) tell();
};

const load = async (face, code) => {
  if (code === "xx" || face.texts[code]) return;
  face.texts[code] = (await face.loaders[code]()).default;
};

// Switches texts and formats together, once every face on the page has its words.
export const setLanguage = async (code, remember = true) => {
  if (remember) setCookie("lang", code);
  await Promise.all([...faces.values()].map((face) => load(face, code)));
  publish(code);
};

export const register = (name, es, loaders) => {
  const known = faces.get(name);
  if (known) return known;
  const face = { texts: { es }, loaders };
  faces.set(name, face);
  if (browser) {
    const code = wanted();
    if (code !== "es") {
      load(face, code).then(() => publish(code));
    } else if (document.documentElement.lang !== "es") {
      document.documentElement.lang = "es";
    }
  }
  return face;
};

// Locale of numbers and dates: one Spanish and one English for everybody.
export const locale = (code = lang) => (code === "en" ? "en-US" : "es-CO");

const rules = {};
const plural = (code, n) =>
  (rules[code] ??= new Intl.PluralRules(locale(code))).select(Number(n)) === "one" ? "one" : "other";

const integers = {};
export const integer = (n, code = lang) =>
  (integers[code] ??= new Intl.NumberFormat(locale(code), { useGrouping: "always" })).format(n);

// A name that ends with a full stop (S.A.S.) takes that of its sentence along.
const fill = (text, vars, code) =>
  text.replace(/\{(\w+)\}(\.?)/g, (_, name, stop) => {
    const value = vars?.[name] ?? "";
    const said = typeof value === "number" ? integer(value, code) : String(value);
    return said.endsWith(".") ? said : said + stop;
  });

const translate = (face, code, key, vars) => {
  const words = (code !== "xx" && face.texts[code]) || face.texts.es;
  const text = words[key] ?? words[`${key}.${plural(code, vars?.n)}`];
  if (text === undefined) return undefined;
  const filled = fill(text, vars, code);
  return code === "xx" ? `\u27e6${filled}\u27e7` : filled;
};

const subscribe = (tell) => {
  listeners.add(tell);
  return () => listeners.delete(tell);
};
const snapshot = () => version;
const prerendered = () => 0;

// Language to draw with: Spanish while React takes over the prerendered page, then the chosen one.
export const useLang = () =>
  useSyncExternalStore(subscribe, snapshot, prerendered) === 0 ? "es" : lang;

// t(key, vars); `t.enum(prefix, code)`; `t.maybe` gives undefined for a key that does not exist.
export const useTexts = (face) => {
  const code = useLang();
  const t = (key, vars) => translate(face, code, key, vars) ?? key;
  t.maybe = (key, vars) => translate(face, code, key, vars);
  t.enum = (prefix, value) => (value ? t(`${prefix}.${value}`) : "");
  t.error = (value, vars) =>
    value ? (t.maybe(`errors.${value}`, vars) ?? t("errors.unknown", { code: value })) : "";
  t.lang = code;
  return t;
};
