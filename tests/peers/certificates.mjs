// Certificates of a test authority, made by the openssl program at run time.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Why there are none, else false. */
export const missing = spawnSync('openssl', ['version']).status !== 0 && 'no openssl on this machine';

/** Makes `ca.pem` in `folder`, and answers what makes more there: certificates that it signs, or that sign themselves. */
export function authority(folder) {
  const file = (name) => join(folder, name);
  const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const made = (name) => ({ name, cert: readFileSync(file(`${name}.pem`), 'utf8'), key: readFileSync(file(`${name}.key`), 'utf8') });

  /** A certificate that signs itself. */
  function own(name) {
    openssl('req', '-x509', '-days', '2', ...newKey, '-subj', `/CN=${name}`, '-keyout', file(`${name}.key`), '-out', file(`${name}.pem`));
    return made(name);
  }

  /** A certificate for `names`: `IP:127.0.0.1`, `DNS:client.example.com`. */
  function signed(name, names) {
    openssl('req', ...newKey, '-subj', `/CN=${name}`, '-keyout', file(`${name}.key`), '-out', file(`${name}.csr`));
    writeFileSync(file(`${name}.ext`), `subjectAltName=${names}\nbasicConstraints=critical,CA:FALSE\n`);
    const by = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial'];
    openssl('x509', '-req', '-days', '2', '-in', file(`${name}.csr`), ...by, '-extfile', file(`${name}.ext`), '-out', file(`${name}.pem`));
    return made(name);
  }

  return { ca: own('ca').cert, own, signed };
}
