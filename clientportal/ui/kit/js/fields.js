// Fields that do something in the browser: amount, tick boxes, files, copying.
import { createElement as h, useEffect, useRef, useState } from "react";
import { canonical, pretty } from "./amount.js";
import { announce } from "./feedback.js";
import { digitsOf, sizeText } from "./format.js";
import { Icon } from "./icon.js";
import { useT } from "./i18n/shared.js";

// What is sent under `name` is the plain number when the text can only mean one, else the text itself.
export const AmountInput = ({ name, currency, defaultMinor, onChange, ...rest }) => {
  const { lang } = useT();
  const first = defaultMinor === undefined || defaultMinor === null
    ? "" : pretty(defaultMinor / 10 ** digitsOf(currency), currency, lang);
  const [text, setText] = useState(first);
  const plain = canonical(text, currency);
  const typed = (event) => {
    setText(event.target.value);
    onChange?.(canonical(event.target.value, currency) ?? event.target.value);
  };
  const left = () => plain !== undefined && setText(pretty(plain, currency, lang));
  return [
    h("input", { ...rest, key: "t", value: text, inputMode: "decimal", autoComplete: "off", onChange: typed, onBlur: left }),
    h("input", { key: "v", type: "hidden", name, value: plain ?? text }),
  ];
};

export const Check = ({ mixed, checked, defaultChecked, onChange, ...rest }) => {
  const box = useRef(null);
  useEffect(() => {
    box.current.indeterminate = Boolean(mixed);
  }, [mixed, checked]);
  // Shown at once, not after the round trip; what the server holds wins as soon as it answers.
  const [shown, setShown] = useState(checked);
  const pending = useRef(null);
  useEffect(() => {
    clearTimeout(pending.current);
    setShown(checked);
  }, [checked]);
  useEffect(() => () => clearTimeout(pending.current), []);
  const held = checked === undefined ? { defaultChecked } : { checked: shown };
  const flipped = (event) => {
    if (checked !== undefined && onChange) {
      setShown(event.target.checked);
      clearTimeout(pending.current);
      pending.current = setTimeout(() => setShown(checked), 2000);
    }
    onChange?.(event.target.checked);
  };
  return h("input", {
    ...rest, ...held, ref: box, type: "checkbox", readOnly: checked !== undefined && !onChange, onChange: flipped,
  });
};

export const CopyButton = ({ text, className, children, ...rest }) => {
  const t = useT();
  const [done, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    announce(t("common.copied"));
    setTimeout(() => setDone(false), 2000);
  };
  return h("button", { ...rest, type: "button", className, onClick: copy },
    h(Icon, { name: done ? "check" : "copy" }), done ? t("common.copied") : children);
};

// A file field one can drop on; the form around it sends the files itself.
export const FileDrop = ({ name, id, accept, multiple, maxMb, hint, onPick, ...rest }) => {
  const t = useT();
  const input = useRef(null);
  const [files, setFiles] = useState([]);
  const [over, setOver] = useState(false);
  const took = () => {
    const list = [...input.current.files];
    setFiles(list);
    onPick?.(list.map((file) => file.name));
  };
  const drop = (event) => {
    event.preventDefault();
    setOver(false);
    const given = new DataTransfer();
    for (const file of [...event.dataTransfer.files].slice(0, multiple ? 99 : 1)) given.items.add(file);
    input.current.files = given.files;
    took();
  };
  const stay = (event) => {
    event.preventDefault();
    setOver(event.type === "dragover");
  };
  return h("div", { className: `drop${over ? " over" : ""}`, onDragOver: stay, onDragLeave: stay, onDrop: drop },
    h(Icon, { name: "upload", size: 24, className: "dim" }),
    h("label", { htmlFor: id, className: "lk" }, t(multiple ? "fields.choose_files" : "fields.choose_file")),
    h("span", { className: "dim only-l" }, t("fields.or_drop")),
    hint ? h("span", { className: "hp", id: `${id}-h` }, hint) : null,
    h("input", { ...rest, ref: input, id, name, accept, multiple, type: "file", className: "vh", onChange: took, "aria-describedby": hint ? `${id}-h` : undefined }),
    files.length
      ? h("ul", null, files.map((file) => h("li", { key: file.name },
          h(Icon, { name: "doc" }), h("span", { className: "grow cut" }, file.name),
          maxMb && file.size > maxMb * 1048576
            ? h("span", { className: "c-bad" }, t("fields.too_big", { max: maxMb }))
            : h("span", { className: "dim n" }, sizeText(file.size, t.lang)))))
      : null);
};

// A search field with what it found below, or what was chosen. Enter takes the first hit, the
// arrows walk through them, and the focus stays here when one takes the place of the other.
export const Found = ({ chosen, children, ...rest }) => {
  const box = useRef(null);
  const used = useRef(false);
  useEffect(() => {
    if (used.current) box.current.querySelector("input, button")?.focus();
  }, [chosen]);
  const pressed = (event) => {
    used.current = true;
    const typing = event.target.tagName === "INPUT";
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.nativeEvent.isComposing || !(step || (typing && event.key === "Enter"))) return;
    event.preventDefault();
    const stops = [...box.current.querySelectorAll("input, li button")];
    if (step) stops[stops.indexOf(document.activeElement) + step]?.focus();
    else stops[1]?.click();
  };
  const clicked = () => {
    used.current = true;
  };
  return h("div", { ...rest, ref: box, onKeyDown: pressed, onClick: clicked }, children);
};
