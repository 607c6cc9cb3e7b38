/** The secret by which a receiver knows that a message is the gateway's; shown once. */
export function Secret({ text }: { readonly text: string }) {
  return (
    <p class="good" role="status">
      Secret for the receiver, shown this once: <code class="secret">{text}</code>
    </p>
  );
}
