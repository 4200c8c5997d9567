// Small components that draw words and figures in the language of the page.
import { createElement as h, useEffect, useState } from "react";
import { figure, NBSP, relativeText, spokenMoney } from "./format.js";
import { Icon } from "./icon.js";
import { cookie, setCookie, setLanguage, useLang } from "./i18n.js";
import { useT } from "./i18n/shared.js";

export const Money = ({ minor, currency, shown = "", size = "", signed, dash, bare, className = "", ...rest }) => {
  const lang = useLang();
  const gone = minor === null || minor === undefined;
  if (gone || (dash && minor === 0)) {
    return h("span", { ...rest, className: `n dim ${className}` }, gone ? "" : "\u2014");
  }
  const f = figure(minor, currency, lang, shown, signed);
  const long = f.sign.length + f.whole.length + f.decimals.length > 13;
  const big = size ? `fig fig-${long && size !== "m" ? (size === "xl" ? "l" : "m") : size}` : "";
  return h("span", { ...rest, className: `amt ${big} ${className}` },
    h("span", { "aria-hidden": true },
      bare ? null : h("span", { className: "cur" }, currency, NBSP),
      f.sign, f.whole, f.decimals && h("span", { className: "dec" }, f.decimals)),
    h("span", { className: "vh" }, " ", spokenMoney(minor, currency, lang)));
};

export const Relative = ({ iso, className, ...rest }) => {
  const lang = useLang();
  const [now, setNow] = useState(null);
  useEffect(() => {
    setNow(Date.now());
    const young = Math.abs(Date.now() - new Date(iso).getTime()) < 60000;
    const timer = setInterval(() => setNow(Date.now()), young ? 5000 : 60000);
    return () => clearInterval(timer);
  }, [iso]);
  const text = now === null ? "" : relativeText(iso, lang, now);
  return h("time", { ...rest, className, dateTime: iso }, text);
};

export const PageTitle = ({ text }) => {
  useEffect(() => {
    if (text) document.title = text;
  }, [text]);
  return null;
};

const NAMES = { es: "Español", en: "English" };

// One button that turns the page into the other language; `lang` marks its words.
export const LanguageSwitch = ({ onChange, className = "btn btn-ghost", ...rest }) => {
  const other = useLang() === "en" ? "es" : "en";
  const choose = () => {
    setLanguage(other);
    onChange?.(other);
  };
  return h("button", { ...rest, type: "button", className, lang: other, onClick: choose },
    h(Icon, { name: "globe" }),
    h("span", { className: "tx only-l" }, NAMES[other]), h("span", { className: "only-s" },
      h("span", { "aria-hidden": true }, other.toUpperCase()), h("span", { className: "vh" }, NAMES[other])));
};

const THEMES = ["", "light", "dark"];

export const ThemeSwitch = ({ className = "", ...rest }) => {
  const t = useT();
  const [theme, setTheme] = useState("");
  useEffect(() => setTheme(cookie("theme")), []);
  const choose = (value) => {
    setCookie("theme", value);
    setTheme(value);
    if (value) document.documentElement.dataset.theme = value;
    else delete document.documentElement.dataset.theme;
  };
  return h("div", { ...rest, className: `seg ${className}`, role: "group", "aria-label": t("shell.theme") },
    THEMES.map((value) =>
      h("button", {
        key: value, type: "button", "aria-pressed": theme === value, onClick: () => choose(value),
      }, t(`shell.theme_${value || "system"}`))));
};

// An address that breaks after its @ and its dots, and elsewhere only where nothing else helps.
export const EmailAddress = ({ address, className = "", ...rest }) =>
  h("span", { ...rest, translate: "no", className: `wrap ${className}` },
    (address ?? "").split(/(?<=[@.])/).map((part, at) => [at > 0 && h("wbr", { key: `b${at}` }), part]));

const SMALL = new Set(["de", "del", "la", "las", "los", "el", "y", "e", "of", "the", "and"]);
// "Papelera del Valle S.A.S." → "PV".
export const Initials = ({ name, className }) => {
  const words = (name ?? "").split(/\s+/).filter((w) => /^\p{L}|\d/u.test(w) && !SMALL.has(w.toLowerCase()));
  const text = words.slice(0, 2).map((w) => w[0].toUpperCase()).join("");
  return h("span", { className, "aria-hidden": true }, text || h(Icon, { name: "user", size: 14 }));
};
