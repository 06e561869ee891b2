// A clone of this repository in HOME, for the commands that a page tells its reader to run there: its cargo finds what it would build already built.
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bin, home } from './helper.mjs';
import { keep } from './paste.mjs';

const repository = fileURLToPath(new URL('../../', import.meta.url));

/** The clone. */
export const clone = join(home, 'hdr');

const cargo = `#!/bin/sh
case $1 in
build) exit ;;
metadata) echo '{"target_directory":"${clone}/target"}' ;;
run)
    while [ "$1" != -- ]; do [ "$1" != --package ] || program=$2; shift; done
    shift
    exec "$program" "$@"
    ;;
*) echo "cargo $*: not in this clone" >&2; exit 1 ;;
esac
`;

const [, host] = /^host: (.*)$/m.exec(execFileSync('rustc', ['-vV'], { encoding: 'utf8' }));

/** Makes it. */
export function makeClone() {
  mkdirSync(join(clone, 'target', host), { recursive: true });
  symlinkSync(bin, join(clone, 'target', host, 'release'));
  for (const part of ['scripts', 'tests', 'LICENSE']) symlinkSync(join(repository, part), join(clone, part));
  keep('bin/cargo', cargo, 0o700);
  keep('bin/rustc', `#!/bin/sh\necho 'host: ${host}'\n`, 0o700);
}
