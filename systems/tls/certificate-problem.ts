/** Node's and OpenSSL's names for "this certificate does not verify". */
const codes =
  /^(ERR_TLS_CERT_|UNABLE_TO_|CERT_|CRL_|ERROR_IN_C|SELF_SIGNED_|DEPTH_ZERO_|INVALID_(CA|PURPOSE)|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)/;

/** Whether a connection failed because its server did not prove who it is: no retry helps, and nothing was sent. */
export const isCertificateProblem = (error: unknown): boolean => {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' && codes.test(code);
};
