// What a typed amount means, and how it reads when one is done typing.
import { digitsOf, figure } from "./format.js";

// "1.234,5" → "1234.50" in the digits of the currency; undefined when it cannot be only one number.
export const canonical = (text, currency) => {
  const digits = digitsOf(currency);
  const bare = text.replace(/[\s\u00a0$]/g, "").replace(currency, "").replace("\u2212", "-");
  const match = /^(-?)(\d[\d.,]*)$/.exec(bare);
  if (!match) return undefined;
  const cut = Math.max(match[2].lastIndexOf("."), match[2].lastIndexOf(","));
  const tail = cut < 0 ? "" : match[2].slice(cut + 1);
  const mark = cut < 0 ? "" : match[2][cut];
  const single = mark && match[2].indexOf(mark) === cut;
  const decimal = single && tail.length !== 3 && tail.length <= digits;
  if (!decimal && cut >= 0 && tail.length !== 3) return undefined;
  const whole = (decimal ? match[2].slice(0, cut) : match[2]).replace(/[.,]/g, "");
  return `${match[1]}${whole}${digits ? `.${(decimal ? tail : "").padEnd(digits, "0")}` : ""}`;
};

export const pretty = (plain, currency, lang) => {
  const minor = Math.round(Number(plain) * 10 ** digitsOf(currency));
  const f = figure(minor, currency, lang);
  return `${f.sign}${f.whole}${f.decimals}`;
};
