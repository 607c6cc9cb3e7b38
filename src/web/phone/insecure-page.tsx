/** Browsers hand out sensors over HTTPS only; says what to do. */
export function InsecurePage() {
  return (
    <section class="card stack">
      <h1>This needs HTTPS</h1>
      <p class="problem" role="alert">
        Your browser does not give motion sensors to pages that were loaded without encryption.
      </p>
      <p>The person who runs the gateway can do one of these:</p>
      <ol>
        <li>
          Make a certificate on the gateway with <code>alongside certs self-signed</code>, name it in{' '}
          <code>http.tls</code>, start the gateway again, and install the authority it prints on this phone.
        </li>
        <li>Put the gateway behind a server that has a certificate already.</li>
        <li>
          On the gateway's own machine, open <code>http://localhost</code> instead of its address.
        </li>
      </ol>
      <p>
        Then ask for a new link. The link you opened was not used up. Without this page the app Sensor Logger
        can stream, too.
      </p>
    </section>
  );
}
