import { create } from 'qrcode';

/** Light margin that readers need around a code, in modules. */
const MARGIN = 4;

/** A text as a QR code, drawn as one path. */
export function QrCode({ text }: { readonly text: string }) {
  const { size, data } = create(text, { errorCorrectionLevel: 'M' }).modules;
  const whole = size + 2 * MARGIN;
  let path = '';
  for (let index = 0; index < data.length; index++) {
    if (data[index] !== 0) path += `M${MARGIN + (index % size)} ${MARGIN + Math.floor(index / size)}h1v1h-1z`;
  }
  return (
    <svg class="qr" viewBox={`0 0 ${whole} ${whole}`} role="img" aria-label="QR code of the link below">
      <path d={path} fill="#000" />
    </svg>
  );
}
