/** Links that a phone may open, the likeliest first. */
export function linksOf(
  { path, addresses }: { readonly path: string; readonly addresses: readonly string[] },
  ownOrigin: string,
): string[] {
  // An address that reached this page reaches a phone in the same network, unless it means this machine alone.
  const origins = isThisMachine(ownOrigin) ? [...addresses, ownOrigin] : [ownOrigin, ...addresses];
  return [...new Set(origins)].map((origin) => `${origin}${path}`);
}

/** What keeps a phone from joining by a link. */
export function hintAbout(link: string): string | undefined {
  if (isThisMachine(link)) {
    return (
      'Only this machine reaches this address. For phones start the gateway with http.host=0.0.0.0 and a certificate ' +
      '(alongside certs self-signed, http.tls).'
    );
  }
  if (link.startsWith('https:')) return undefined;
  return (
    'Phones give motion sensors to encrypted pages only. Set http.tls (alongside certs self-signed makes a ' +
    'certificate), or open the gateway by https.'
  );
}

/** Longest id that credentials can have. */
const MOST_ID_CHARACTERS = 64;

/** The characters of an id, as the page says it beside the field. */
export const ID_WORDS = 'letters a to z, digits, ".", "_" and "-", at most 64 of them';

/** An id that the gateway takes and that reads like the name; empty if the name has no usable character. */
export function suggestId(name: string): string {
  const latin = name
    .trim()
    .normalize('NFC')
    .replace(/[äöü]/giu, (letter) => `${letter}e`)
    .replaceAll('ß', 'ss')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '');
  return latin
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, MOST_ID_CHARACTERS)
    .replace(/-+$/, '');
}

function isThisMachine(address: string): boolean {
  const { hostname } = new URL(address);
  return /^(.+\.)?localhost$/.test(hostname) || /^127\./.test(hostname) || hostname === '[::1]';
}
