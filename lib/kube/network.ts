/** Failures below HTTP: names, connections, certificates. */
import { OvngwError } from '../kernel/errors.ts'
import { type Doing, describe, type Place, placeText } from './errors.ts'

/** OpenSSL and Node codes of a server certificate we do not accept, in words. */
const CERTIFICATE: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet (is a clock wrong?)',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed and not the one in the kubeconfig',
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate comes from another authority than the kubeconfig's certificate-authority",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate does not come from the kubeconfig's certificate-authority",
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate chain is not complete',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate comes from an authority this machine does not know',
  CERT_SIGNATURE_FAILURE: "its certificate was signed by another key than the kubeconfig's certificate-authority",
  CERT_UNTRUSTED: 'its certificate is not trusted',
  CERT_REJECTED: 'its certificate is not trusted',
  CERT_REVOKED: 'its certificate was revoked',
  INVALID_CA: "its certificate was signed by one that may not sign (the kubeconfig's certificate-authority is no authority)",
  INVALID_PURPOSE: 'its certificate is not one for a server',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
}
const BAD_MATERIAL = /^ERR_OSSL_(?:PEM|X509|ASN1|UNSUPPORTED|EVP)|^ERR_TLS_(?:INVALID|REQUIRED)/
const OUR_CERTIFICATE =
  /ALERT_(?:UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_EXPIRED|CERTIFICATE_REQUIRED|CERTIFICATE_UNKNOWN|CERTIFICATE_REVOKED|UNSUPPORTED_CERTIFICATE)/

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused: nothing listens there',
  ENOTFOUND: 'its name does not resolve (DNS)',
  EAI_AGAIN: 'DNS does not answer',
  EHOSTUNREACH: 'no route to that host',
  ENETUNREACH: 'no route to that network',
  ETIMEDOUT: 'no connection in time',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time (a firewall?)',
  UND_ERR_HEADERS_TIMEOUT: 'connected, but no answer in time',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped half-way',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  UND_ERR_SOCKET: 'the connection was closed',
}
/** The request cannot have left: nothing was done, whatever the verb. */
const UNSENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'])

/** The first error code along the chain of causes; happy-eyeballs wraps several in an AggregateError. */
export function codeOf(error: unknown): string {
  const { code, errors, cause } = (error ?? {}) as { code?: unknown; errors?: unknown[]; cause?: unknown }
  if (typeof code === 'string') return code
  if (Array.isArray(errors) && errors.length > 0) return codeOf(errors[0])
  return cause === undefined ? '' : codeOf(cause)
}

export const isUnsent = (error: unknown): boolean => UNSENT.has(codeOf(error))

export function fromNetwork(place: Place, doing: Doing, error: unknown): OvngwError {
  const code = codeOf(error)
  const what = `cannot ${describe(doing)}`
  const at = placeText(place)
  const { hostname, port } = place.server
  const server = `${hostname}:${port || '443'}`
  const bad = CERTIFICATE[code]
  if (bad !== undefined) {
    const hint = `look at it: openssl s_client -connect ${server} -showcerts </dev/null | openssl x509 -noout -subject -issuer -dates -ext subjectAltName`
    return new OvngwError('CERTIFICATE', { what, why: `${at} is not trusted: ${bad}`, hint, cause: error })
  }
  if (OUR_CERTIFICATE.test(code)) {
    const hint = `its dates: kubectl config view --raw --minify --context ${place.context} -o jsonpath='{.users[0].user.client-certificate-data}' | base64 -d | openssl x509 -noout -subject -dates`
    return new OvngwError('CERTIFICATE', { what, why: `${at} refuses the client certificate of user ${place.user} (${code})`, hint, cause: error })
  }
  if (BAD_MATERIAL.test(code)) {
    return new OvngwError('CERTIFICATE', {
      what,
      why: `a certificate or key in context ${place.context} is unusable (${code})`,
      hint: `see: kubectl config view --minify --context ${place.context}`,
      cause: error,
    })
  }
  if (/WRONG_VERSION_NUMBER|^EPROTO|ERR_SSL_/.test(code)) {
    return new OvngwError('UNREACHABLE', {
      what,
      why: `${at} does not speak TLS as expected (${code})`,
      hint: 'is the port right, and is the server URL http or https?',
      cause: error,
    })
  }
  const said = WORDS[code] ?? (error instanceof Error ? error.message : 'the connection failed')
  return new OvngwError('UNREACHABLE', { what, why: `${at}: ${said}`, hint: `check with: kubectl get --raw /livez --context ${place.context}`, cause: error })
}
