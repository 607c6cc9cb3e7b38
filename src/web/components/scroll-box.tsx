import type { ComponentChildren } from 'preact';

/** Holds what may be wider than the page; reachable by keyboard, since only what has focus scrolls by keys. */
export function ScrollBox({
  label,
  children,
}: {
  readonly label: string;
  readonly children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: only what has focus scrolls by keys
    <section class="scroll" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
