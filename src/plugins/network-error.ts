/** Certificates do not become right by asking again. */
const OF_CERTIFICATES = /^(CERT_|ERR_TLS|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|ERR_SSL)/;

/** Why `fetch` got no answer: it throws "fetch failed", and keeps the reason behind it. */
export function networkReason(error: unknown): { readonly text: string; readonly passing: boolean } {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const text = cause instanceof Error ? cause.message || code || cause.name : String(cause);
  return { text, passing: !OF_CERTIFICATES.test(code) };
}
