// How many texts a reply becomes. GSM-7 holds 160 (153 when split), everything else is UCS-2 with 70 (67).
// The server counts again before it sends; this is for the eye.

const BASIC = new Set("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà");
const DOUBLE = new Set("\f^{}\\[~]|€");

/** {chars, parts} of a text. */
export function segments(text) {
  let units = 0;
  for (const sign of text) {
    if (BASIC.has(sign)) units += 1;
    else if (DOUBLE.has(sign)) units += 2;
    else return { chars: text.length, parts: text.length <= 70 ? 1 : Math.ceil(text.length / 67) };
  }
  return { chars: units, parts: units <= 160 ? 1 : Math.ceil(units / 153) };
}
