// The opener of the command palette; the palette itself loads on first use.
import { createElement as h, lazy, Suspense, useLayoutEffect, useState } from "react";
import { Icon } from "./icon.js";
import { useT } from "./i18n/shared.js";

const Sheet = lazy(() => import("./palette-sheet.js"));

export const Palette = ({ pages = [], results = [], onSearch, compact, sole, className = "" }) => {
  const t = useT();
  const [open, setOpen] = useState(false);
  useLayoutEffect(() => {
    // A page may hold two openers, one for each width; keys open the one that can be seen.
    const show = () => {
      if (sole || Boolean(compact) === matchMedia("(max-width: 900px)").matches) setOpen(true);
    };
    const pressed = (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        show();
      }
    };
    addEventListener("palette", show);
    addEventListener("keydown", pressed);
    return () => {
      removeEventListener("palette", show);
      removeEventListener("keydown", pressed);
    };
  }, [compact, sole]);
  const text = t("palette.open");
  const opener = h("button", {
    type: "button", className, onClick: () => setOpen(true), "aria-haspopup": "dialog",
    "aria-label": compact ? text : undefined, "data-testid": open || (compact && !sole) ? undefined : "palette",
  }, h(Icon, { name: "search", size: compact ? 20 : 16 }),
    compact ? null : [h("span", { key: "t", className: "tx grow cut" }, text), h("kbd", { key: "k", className: "kbd" }, "Ctrl K")]);
  return [
    h("span", { key: "o", className: "contents" }, opener),
    open ? h(Suspense, { key: "s", fallback: null },
      h(Sheet, { pages, results, onSearch, onClose: () => setOpen(false) })) : null,
  ];
};
