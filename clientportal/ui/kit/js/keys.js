// One listener for single keys: ignores fields, knows only what the page bound, moves focus here.
import { createElement as h, useEffect, useLayoutEffect, useRef, useState } from "react";
import { useT } from "./i18n/shared.js";

const FIELDS = "input, textarea, select, [contenteditable=true], [role=listbox]";
const TEXT = /^(checkbox|radio|button|submit|reset|file|range|color)$/;
const typing = (el) => el?.matches?.(FIELDS) && !(el.tagName === "INPUT" && TEXT.test(el.type));
const off = () => localStorage.getItem("keys") === "off";
const visible = (el) => el.getClientRects().length > 0;

const rows = () => [...document.querySelectorAll("[data-row]")].filter(visible);
const current = () => document.activeElement?.closest("[data-row]") ?? document.querySelector("[data-row][data-at]");

const moveTo = (row) => {
  for (const old of document.querySelectorAll("[data-row][data-at]")) delete old.dataset.at;
  row.dataset.at = "";
  (row.querySelector("a[href]") ?? row.querySelector("button, input") ?? row).focus();
  row.scrollIntoView({ block: "nearest" });
};

const move = (step) => {
  const list = rows();
  const at = list.indexOf(current());
  const next = list[at < 0 ? (step > 0 ? 0 : list.length - 1) : Math.min(Math.max(at + step, 0), list.length - 1)];
  if (next) moveTo(next);
};

const find = (selector) => {
  const inRow = selector.startsWith("row:");
  const root = inRow ? current() : document;
  return [...(root?.querySelectorAll(inRow ? selector.slice(4) : selector) ?? [])].find(visible);
};

const run = (action, key, help) => {
  const [verb, ...rest] = action.split(":");
  const target = rest.join(":");
  if (verb === "move") move(Number(target));
  else if (verb === "focus") find(target)?.focus();
  else if (verb === "click") find(target)?.click();
  else if (verb === "palette") dispatchEvent(new Event("palette"));
  else if (verb === "help") help();
  else if (verb === "send") document.querySelector(`[data-key-send="${CSS.escape(key)}"]`)?.click();
};

const combo = (event) => `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.key}`;

// `bound`: key → {action, label}.
export const Keys = ({ bound }) => {
  const t = useT();
  const dialog = useRef(null);
  const [disabled, setDisabled] = useState(false);
  useEffect(() => setDisabled(off()), []);
  useLayoutEffect(() => {
    const pressed = (event) => {
      const key = combo(event);
      const entry = bound[key] ?? bound[key.toLowerCase()];
      if (!entry || event.altKey || event.defaultPrevented || event.isComposing || event.repeat) return;
      const single = !key.startsWith("Ctrl+");
      if (single && (off() || typing(event.target) || document.querySelector("dialog[open]"))) return;
      event.preventDefault();
      run(entry.action, key, () => dialog.current?.showModal());
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, [bound]);
  const flip = (event) => {
    localStorage.setItem("keys", event.target.checked ? "on" : "off");
    setDisabled(!event.target.checked);
  };
  return h("dialog", { ref: dialog, className: "dlg", "aria-labelledby": "keys-title", "data-testid": "keys" },
    h("div", { className: "bdy" },
      h("h2", { id: "keys-title", className: "h2" }, t("keys.title")),
      h("dl", { className: "pair mt-3" }, Object.entries(bound).map(([key, { label }]) =>
        h("div", { key }, h("dt", null, h("kbd", { className: "kbd" }, key.replace("Ctrl+k", "Ctrl K"))), h("dd", null, label)))),
      h("label", { className: "ck mt-4" },
        h("input", { type: "checkbox", checked: !disabled, onChange: flip }), t("keys.single"))),
    h("div", { className: "ft" },
      h("button", { type: "button", className: "btn", onClick: () => dialog.current.close() }, t("common.close"))));
};

const typed = (event) => event.target.closest?.(".f.is-bad")?.setAttribute("data-typed", "");
const tried = (event) => {
  if (event.type === "click" && !event.target.closest?.("button")) return;
  for (const field of document.querySelectorAll("[data-typed]")) field.removeAttribute("data-typed");
};
// Heard from the moment this file is read: an effect would miss a letter typed while the page comes alive.
if (typeof document !== "undefined") {
  document.addEventListener("input", typed);
  document.addEventListener("submit", tried);
  document.addEventListener("click", tried);
}

// An error line goes away while its field is typed in, and comes back with the next try.
export const FormManners = () => null;
