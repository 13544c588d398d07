/** A certificate of an authority of which nobody has the key, for tests that only need its public key's hash. */
import { X509Certificate } from "node:crypto";

const pem = `
-----BEGIN CERTIFICATE-----
MIIBnjCCAUWgAwIBAgIUesG41bp9Hl25yu5weA1NHXnrZJwwCgYIKoZIzj0EAwIw
JDEiMCAGA1UEAwwZbm9kZWtlZXBlciB0ZXN0IGF1dGhvcml0eTAgFw0yNjExMjMw
NTE3MTFaGA8yMTI2MTAzMDA1MTcxMVowJDEiMCAGA1UEAwwZbm9kZWtlZXBlciB0
ZXN0IGF1dGhvcml0eTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABCsZRzlPSN54
VFZVgLrfOZ3s8GSKnGdbZqDhI4ULf2NgddXYZC5hALn7aPtQnv/ZLv9tLmc0Zib+
iutkGg2BaPijUzBRMB0GA1UdDgQWBBTBcQ8ApcB6H50WSLEX6mMqOtVoyDAfBgNV
HSMEGDAWgBTBcQ8ApcB6H50WSLEX6mMqOtVoyDAPBgNVHRMBAf8EBTADAQH/MAoG
CCqGSM49BAMCA0cAMEQCIAQcVxaCLnZTTPC2oEOcdtvqxGbt+x1QzTL8jDOzQQDD
AiBNkq5JsAuSa87TZjhKXqoHQTZhzNe4s+Yh8wlElhYEhg==
-----END CERTIFICATE-----
`;

/** DER. */
export const certificate: Uint8Array = new X509Certificate(pem).raw;

/** SHA-256 of its public key, as `openssl x509 -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256` says it, base64url. */
export const keyHash = "jMNiEJll-UDefxr_VW5m5ITOFmY-e0w1eGhorblOr1w";
