// Icons by name and the sprite they are drawn from.
import { createElement as h } from "react";
import sprite from "./sprite.js";

export const Icon = ({ name, size = 16, className = "" }) =>
  h("svg", { className: `i${size === 16 ? "" : ` i${size}`} ${className}`, "aria-hidden": true },
    h("use", { href: `#i-${name}` }));

export const Sprite = () =>
  h("svg", {
    width: 0, height: 0, style: { position: "absolute" }, "aria-hidden": true,
    dangerouslySetInnerHTML: { __html: sprite },
  });
