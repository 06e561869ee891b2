// Lets the conformance suite run on Node 20: it imports fs.globSync, which is newer, and uses it for its own reports alone. For `node --import`.
import { register } from 'node:module';

const shim = `data:text/javascript,${encodeURIComponent("export * from 'node:fs'; export { default } from 'node:fs'; export const globSync = undefined;")}`;
const hook = `export const resolve = (specifier, context, next) => (specifier === 'fs' && context.parentURL?.includes('/conformance/') ? { url: ${JSON.stringify(shim)}, shortCircuit: true } : next(specifier, context));`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);
