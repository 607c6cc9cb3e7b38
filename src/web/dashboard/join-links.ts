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

function isThisMachine(address: string): boolean {
  const { hostname } = new URL(address);
  return /^(.+\.)?localhost$/.test(hostname) || /^127\./.test(hostname) || hostname === '[::1]';
}
