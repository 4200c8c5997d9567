// The command palette: pages of the shell and what the server finds, by keyboard.
import { createElement as h, useEffect, useId, useMemo, useRef, useState } from "react";
import { useNavigate } from "react-router";
import { Icon } from "./icon.js";
import { useT } from "./i18n/shared.js";

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

export default function Sheet({ pages, results, onSearch, onClose }) {
  const t = useT();
  const go = useNavigate();
  const id = useId();
  const dialog = useRef(null);
  const timer = useRef(null);
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  useEffect(() => {
    dialog.current.showModal();
    onSearch?.("");
    return () => clearTimeout(timer.current);
  }, []);
  const hits = useMemo(() => {
    const wanted = plain(text.trim());
    const own = pages.filter((p) => plain(p.title).includes(wanted)).map((p) => ({ ...p, group: t("palette.pages") }));
    return [...own, ...(text.trim() ? results : [])].slice(0, 20);
  }, [text, pages, results, t.lang]);
  useEffect(() => setAt(0), [text, hits.length]);
  const typed = (event) => {
    setText(event.target.value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onSearch?.(event.target.value), 150);
  };
  const open = (hit) => {
    dialog.current.close();
    go(hit.href);
  };
  const pressed = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && hits.length) {
      event.preventDefault();
      const next = (at + step + hits.length) % hits.length;
      setAt(next);
      document.getElementById(`${id}${next}`)?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && hits[at]) {
      event.preventDefault();
      open(hits[at]);
    }
  };
  const row = (hit, n) => [
    hits[n - 1]?.group === hit.group ? null : h("div", { key: `g${n}`, className: "g", role: "presentation" }, hit.group),
    h("div", {
      key: n, id: `${id}${n}`, role: "option", "aria-selected": n === at,
      onClick: () => open(hit), onMouseMove: () => setAt(n),
    }, h(Icon, { name: hit.icon || "arrow-right" }),
      h("span", { className: "grow cut" }, hit.title, hit.detail ? h("span", { className: "dim" }, ` ${hit.detail}`) : null),
      h("span", { className: "kbd", "aria-hidden": true }, "\u21b5")),
  ];
  return h("dialog", { ref: dialog, className: "cmd", "aria-label": t("palette.open"), onClose, onClick: (e) => e.target === dialog.current && dialog.current.close() },
    h("div", { className: "in" }, h(Icon, { name: "search" }),
      h("input", {
        value: text, onChange: typed, onKeyDown: pressed, role: "combobox", "aria-expanded": true, autoFocus: true,
        "aria-controls": `${id}l`, "aria-activedescendant": hits.length ? `${id}${at}` : undefined,
        "aria-label": t("palette.open"), placeholder: t("palette.hint"), "data-testid": "palette",
      }), h("kbd", { className: "kbd" }, "Esc")),
    h("div", { role: "listbox", id: `${id}l`, "aria-label": t("palette.open") }, hits.flatMap(row)),
    hits.length ? null : h("p", { className: "dim p-4" }, t("palette.nothing")));
}
