// States, filters and live changes of lists.
import { createElement as h, useEffect, useId, useRef, useState } from "react";
import { announce } from "./feedback.js";
import { dayText, moneyText, percentText } from "./format.js";
import { Icon } from "./icon.js";
import { useT } from "./i18n/shared.js";
import { Popover } from "./overlays.js";

const detail = (t, badge, currency, long) => {
  const p = badge.params ?? {};
  const out = [];
  if (p.days !== undefined) {
    const name = badge.code === "due_soon" ? "due_in" : long ? "late_long" : "late";
    out.push(p.days === 0 ? t("state_detail.today") : t(`state_detail.${name}`, { n: p.days }));
  }
  if (p.percent !== undefined) out.push(percentText(p.percent / 100, t.lang));
  if (p.date) out.push(dayText(p.date, "short", t.lang));
  if (p.method) out.push(t.maybe(`method.${p.method}`) ?? p.method);
  if (p.balance_minor !== undefined && currency) out.push(moneyText(p.balance_minor, currency, t.lang));
  return out.join(" \u00b7 ");
};

// The one badge of a document: icon, word and detail in its tone.
export const StateBadge = ({ badge, currency, boxed, long, className = "", ...rest }) => {
  const t = useT();
  if (!badge?.code) return null;
  const more = detail(t, badge, currency, long);
  return h("span", { ...rest, className: `st st-${badge.tone} ${boxed ? "bx" : ""} ${className}` },
    h(Icon, { name: badge.icon, size: 14 }),
    h("span", null, h("b", null, t(`state.${badge.code}`)), more ? h("small", null, badge.code === "due_soon" ? ` \u00b7 ${more}` : ` ${more}`) : null));
};

const toggle = (list, value, multiple) => {
  if (!multiple) return list.includes(value) ? [] : [value];
  return list.includes(value) ? list.filter((v) => v !== value) : [...list, value];
};

// A chip that opens its choices; each tick applies at once, the cross drops them all.
// What is chosen anyway (`usual`) counts as no choice: there is nothing to drop.
export const Filter = ({ name, label, options = [], selected, multiple = true, usual = "", onApply }) => {
  const t = useT();
  const [chosen, setChosen] = useState(selected ?? []);
  const key = (selected ?? []).join("\u0000");
  useEffect(() => setChosen(selected ?? []), [key]);
  const group = useId();
  const apply = (next) => {
    setChosen(next);
    onApply?.(next);
  };
  const words = options.filter((o) => chosen.includes(o.value)).map((o) => o.label);
  const on = words.length > 0 && chosen[0] !== usual;
  const chip = h("button", { type: "button", className: on ? "cut" : "chip", "data-testid": `filter-${name}` },
    on ? [h("span", { key: "k", className: "k" }, `${label}: `), words.join(", ")]
      : [label, h(Icon, { key: "i", name: "chevron-down", size: 14 })]);
  const pick = (option) =>
    h("label", { key: option.value, className: "pick ck" },
      h("input", {
        type: multiple ? "checkbox" : "radio", name: group, checked: chosen.includes(option.value),
        "data-testid": `filter-${name}-${option.value}`,
        onChange: () => apply(toggle(chosen, option.value, multiple)),
      }), h("span", { className: "grow" }, option.label));
  const pop = h(Popover, { label, kind: "pop" }, chip,
    h("fieldset", { className: "f" }, h("legend", { className: "vh" }, label), options.map(pick)));
  const drop = () => h("button", {
    type: "button", className: "x", "aria-label": t("lists.drop_filter", { name: label }), onClick: () => apply([]),
  }, h(Icon, { name: "x", size: 14 }));
  // The same tree with and without a choice: another one would close the open panel at the first tick.
  return h("span", { className: on ? "chip on" : "contents" }, pop, on ? drop() : null);
};

let burst = [];
// More than five changes within a second are summed up in one sentence instead of shown.
const crowded = () => {
  const now = Date.now();
  burst = [...burst.filter((at) => now - at < 1000), now];
  return burst.length;
};

// Marks its content when `value` changes by itself: highlighter, then a dot and "now" for a minute.
export const Live = ({ value, say, children }) => {
  const t = useT();
  const before = useRef(value);
  const [at, setAt] = useState(0);
  const seen = JSON.stringify(value ?? null);
  useEffect(() => {
    if (JSON.stringify(before.current ?? null) === seen) return undefined;
    before.current = value;
    const crowd = crowded();
    if (crowd > 5) {
      if (crowd === 6) announce(t("lists.many_changes"));
      return undefined;
    }
    setAt(Date.now());
    if (say) announce(say);
    const timer = setTimeout(() => setAt(0), 60000);
    return () => clearTimeout(timer);
  }, [seen]);
  if (!at) return children;
  return h("span", { key: at }, h("span", { className: "lv" }, children), h("span", { className: "now" }, t("lists.now")));
};

const isRead = () => scrollY > 8
  || document.activeElement?.closest("[data-row]") != null
  || document.querySelector("[data-row][data-at], [data-row][aria-selected=true]") !== null;

// New rows wait behind this bar while somebody reads the list; otherwise they show themselves.
export const NewBar = ({ n, onShow }) => {
  const t = useT();
  const [waits, setWaits] = useState(false);
  useEffect(() => {
    const reading = n > 0 && isRead();
    setWaits(reading);
    if (!n) return undefined;
    if (reading) {
      announce(t("lists.new", { n }));
      return undefined;
    }
    onShow?.();
    const late = setTimeout(() => setWaits(true), 2000);
    return () => clearTimeout(late);
  }, [n]);
  if (!waits || !n) return null;
  return h("button", { type: "button", className: "newbar", "data-testid": "new-rows", onClick: () => onShow?.() },
    t("lists.new", { n }), " \u00b7 ", t("lists.show"));
};
