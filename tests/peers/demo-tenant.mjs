// The part of the demo with tenants: the project chooses one of the user's tenants, and another helper makes that tenant's credential.
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inProject, runHeadersHelper, whoami } from './client.mjs';
import { environment, good, home, keep, say, sayHeaders } from './demo-stage.mjs';
import { jwtGuard, tenantGuard } from './mcp-server.mjs';

const audience = 'https://mcp.example.com';
const project = join(home, 'project');
const line = `exec hdr-tenant -- hdr-jwt --key file:~/{tenant}.pem --sub '{tenant:user}' --aud ${audience} --ttl 5m`;

/** Makes a project of the tenant and lists the tenants; answers the public key of the first. */
function prepare() {
  for (const folder of [project, join(home, '.config/hdr')]) mkdirSync(folder, { recursive: true });
  keep('.config/hdr/tenants.toml', '[tenants.acme]\nuser = "demo@acme"\n[tenants.blue]\nuser = "demo@blue"\n');
  const [acme] = ['acme', 'blue'].map((tenant) => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    keep(`${tenant}.pem`, privateKey.export({ format: 'pem', type: 'pkcs8' }));
    return publicKey.export({ format: 'jwk' });
  });
  return acme;
}

async function show(url) {
  const headers = (tenant) => {
    writeFileSync(join(project, '.hdr-tenant'), `${tenant}\n`);
    return inProject(project, () => runHeadersHelper(line, { name: 'demo', url }, { environment, cwd: project }));
  };
  say('headersHelper', line);
  const made = await headers('acme');
  say('.hdr-tenant', 'acme');
  sayHeaders(made);
  good('tool whoami', `accepted: ${await whoami(url, made)}`);
  const other = await whoami(url, await headers('blue')).then(() => 'accepted', ({ code }) => code);
  if (other !== 401) throw new Error('hdr-tenant: the server accepted the headers of another tenant');
  good('another tenant', 'refused: 401');
  const refused = await headers('evil').catch(({ message }) => message);
  const [, reason] = /^the helper ended with 2: hdr-tenant: (.*)$/.exec(refused) ?? [];
  if (!reason) throw new Error('hdr-tenant: a project added a tenant');
  good('none of ours', `exit 2: ${reason.replace(home, '~')}`);
}

export const tenant = {
  name: 'hdr-tenant',
  path: '/tenant',
  guard: () => tenantGuard(jwtGuard({ jwk: prepare(), algorithm: 'ES256', audience })),
  show,
};
