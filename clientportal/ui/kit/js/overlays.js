// Dialog, drawer, menu and popover on native elements; opening them needs no round trip.
import { Children, createElement as h, useEffect, useId, useLayoutEffect, useRef } from "react";
import { Icon } from "./icon.js";
import { useT } from "./i18n/shared.js";

const FOCUSABLE = "button, a[href], [tabindex]";

// A wrapper without a box that makes its first control the opener of `target`.
const Opener = ({ children, kind, target, open, onOpen }) => {
  const box = useRef(null);
  useEffect(() => {
    const control = box.current?.querySelector(FOCUSABLE);
    control?.setAttribute("aria-haspopup", kind);
    control?.setAttribute("aria-controls", target);
    if (kind === "menu") control?.setAttribute("aria-expanded", String(Boolean(open)));
  });
  const click = (event) => {
    const control = event.target.closest(FOCUSABLE);
    if (!control || control.disabled || control.getAttribute("aria-disabled") === "true") return;
    onOpen(control);
  };
  return h("span", { ref: box, className: "contents", onClick: click }, children);
};

const show = (dialog) => {
  dialog.showModal();
  dialog.querySelector("[data-first]")?.focus();
};

const shut = (event, dialog) => {
  const inside = event.target !== dialog;
  if (inside && !event.target.closest("[data-close]")) return;
  if (!inside) {
    const box = dialog.getBoundingClientRect();
    const within = event.clientX >= box.left && event.clientX <= box.right
      && event.clientY >= box.top && event.clientY <= box.bottom;
    if (within || event.clientX + event.clientY === 0) return;
  }
  dialog.close();
};

// A panel that is part of the page: takes the focus when it opens, gives it back when it closes.
export const Panel = ({ open, onClose, children, ...rest }) => {
  const ref = useRef(null);
  const opener = useRef(null);
  useEffect(() => {
    if (!open) return undefined;
    opener.current = document.activeElement?.closest("[data-testid]")?.dataset.testid;
    ref.current?.querySelector("[data-first]")?.focus();
    const onKey = (event) => {
      if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open]")) return;
      event.preventDefault();
      onClose?.();
    };
    addEventListener("keydown", onKey);
    return () => {
      removeEventListener("keydown", onKey);
      const back = opener.current && document.querySelector(`[data-testid="${opener.current}"]`);
      requestAnimationFrame(() => back?.focus());
    };
  }, [open]);
  return h("div", { ref, ...rest }, children);
};

// children: [trigger, body, footer]. Controlled when `open` is given.
export const Dialog = ({ title, kind = "dlg", wide, open, onClose, className = "", children, ...rest }) => {
  const [trigger, body, footer] = Children.toArray(children);
  const t = useT();
  const ref = useRef(null);
  const id = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (open === undefined || !dialog) return;
    if (open && !dialog.open) show(dialog);
    if (!open && dialog.open) dialog.close();
  }, [open]);
  const drawer = kind === "drw" || kind === "side";
  const head = kind === "drw"
    ? h("div", { className: "top" }, h("h2", { id: `${id}t`, className: "h3 cut" }, title),
        h("button", { type: "button", className: "btn btn-ghost btn-i", "data-close": "", "aria-label": t("common.close") },
          h(Icon, { name: "x" })))
    : null;
  const inner = kind === "dlg"
    ? h("div", { className: "bdy" }, h("h2", { id: `${id}t`, className: "h2" }, title), body)
    : kind === "drw" ? h("div", { className: "bdy" }, body) : body;
  const closed = () => onClose?.();
  return [
    h(Opener, { key: "o", kind: "dialog", target: id, onOpen: () => show(ref.current) }, trigger),
    h("dialog", {
      ...rest, key: "d", ref, id, className: `${kind} ${wide ? "wide" : ""} ${className}`, onClose: closed,
      "aria-labelledby": kind === "side" ? undefined : `${id}t`,
      "aria-label": kind === "side" ? title : undefined,
      onClick: (event) => {
        if (drawer && event.target.closest?.("a[href]")) ref.current.close();
        else shut(event, ref.current);
      },
    }, head, inner, footer ? h("div", { className: "ft" }, footer) : null),
  ];
};

const place = (panel, anchor) => {
  const at = anchor.getBoundingClientRect();
  const { offsetWidth: w, offsetHeight: tall } = panel;
  const below = at.bottom + 4 + tall <= innerHeight || at.top < tall;
  const left = at.left + w + 8 <= innerWidth ? at.left : at.right - w;
  panel.style.left = `${Math.max(8, Math.min(left, innerWidth - w - 8))}px`;
  panel.style.top = `${below ? at.bottom + 4 : at.top - tall - 4}px`;
};

const arrows = (event, panel) => {
  const items = [...panel.querySelectorAll("[role^=menuitem]:not([disabled])")];
  const at = items.indexOf(document.activeElement);
  const next = { ArrowDown: at + 1, ArrowUp: at < 0 ? items.length - 1 : at - 1, Home: 0, End: items.length - 1 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  items[(next + items.length) % items.length]?.focus();
};

// children: [trigger, ...content]. kind "menu" (arrow keys) or "pop".
export const Popover = ({ label, kind = "pop", onOpen, className = "", children, ...rest }) => {
  const [trigger, ...content] = Children.toArray(children);
  const panel = useRef(null);
  const anchor = useRef(null);
  const id = useId();
  useLayoutEffect(() => {
    const el = panel.current;
    const toggled = (event) => {
      const opened = event.newState === "open";
      anchor.current?.setAttribute("aria-expanded", String(opened));
      if (!opened) return;
      place(el, anchor.current);
      onOpen?.();
      if (kind === "menu") el.querySelector("[role^=menuitem]:not([disabled])")?.focus();
    };
    el.addEventListener("toggle", toggled);
    return () => el.removeEventListener("toggle", toggled);
  });
  const open = (control) => {
    anchor.current = control;
    panel.current.togglePopover();
  };
  return [
    h(Opener, { key: "o", kind: kind === "menu" ? "menu" : "dialog", target: id, onOpen: open }, trigger),
    h("div", {
      ...rest, key: "p", ref: panel, id, popover: "auto", className: `${kind} ${className}`, "aria-label": label,
      role: kind === "menu" ? "menu" : "dialog",
      onKeyDown: kind === "menu" ? (event) => arrows(event, panel.current) : undefined,
      onClick: (event) => {
        const done = kind === "menu" ? "[role^=menuitem]" : "[data-close]";
        if (event.target.closest(done)) panel.current.hidePopover();
      },
    }, content),
  ];
};
